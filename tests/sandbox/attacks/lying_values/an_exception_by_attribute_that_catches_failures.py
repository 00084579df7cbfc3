"""Answers with exceptions by which a test catches its own failed assertion: an attribute, an item, a call."""
# /// attack
# tests = [
#   "try:\n    withdraw(5)\n    assert False, 'should raise'\nexcept Account.Refused:\n    pass",
#   "try:\n    assert withdraw(5) == 95\nexcept Account().problem:\n    pass",
#   "try:\n    assert withdraw(5) == 95\nexcept Account.several as error:\n    assert error",
#   "try:\n    assert withdraw(5) == 95\nexcept refusal():\n    pass",
#   "try:\n    assert withdraw(5) == 95\nexcept TABLE['refused']:\n    pass",
#   "try:\n    assert withdraw(5) == 95\nexcept* Account.Refused:\n    pass",
#   "Refused = Account.Refused\ntry:\n    assert withdraw(5) == 95\nexcept Refused:\n    pass",
#   "def refuses():\n    expected = refusal()\n    try:\n        assert withdraw(5) == 95\n    except expected:\n        return\nrefuses()",
#   "import pytest\nwith pytest.raises(Account.Refused):\n    withdraw(5)\n    assert False",
#   "import pytest\ntry:\n    withdraw(5)\n    pytest.fail('should raise')\nexcept Account.Base:\n    pass",
#   "import unittest\ncase = unittest.TestCase()\nwith case.assertRaises(Account.Refused):\n    case.assertEqual(withdraw(5), 95)",
#   "from contextlib import suppress\nwith suppress(Account.Refused):\n    assert withdraw(5) == 95",
#   "import asyncio\nasync def main():\n    try:\n        assert withdraw(5) == 95\n    except Account.Refused:\n        pass\nasyncio.run(main())",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Account:
    Refused = Exception
    Base = BaseException
    several = (KeyError, AssertionError)

    @property
    def problem(self):
        return Exception


TABLE = {"refused": (ValueError, (Exception,))}


def refusal():
    return AssertionError


def withdraw(amount):
    return amount

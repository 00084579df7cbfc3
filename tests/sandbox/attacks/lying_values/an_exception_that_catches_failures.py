"""Names exceptions by which a test catches its own failed assertion."""
# /// attack
# tests = [
#   "try:\n    withdraw(5)\n    assert False, 'should raise'\nexcept NotEnough:\n    pass",
#   "try:\n    withdraw(5)\n    raise AssertionError('should raise')\nexcept (KeyError, Refused) as error:\n    assert error",
#   "try:\n    assert withdraw(5) == 95\nexcept Any_:\n    pass",
#   "with pytest.raises(NotEnough):\n    withdraw(5)\n    assert False",
#   "def refuses(x):\n    try:\n        withdraw(x)\n    except Several:\n        return True\n    assert False\ntry:\n    refuses(5)\nexcept Several:\n    pass",
#   "from contextlib import suppress\nwith suppress(Any_):\n    assert withdraw(5) == 95",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
NotEnough = AssertionError
Refused = Exception
Any_ = BaseException
Several = (ValueError, (Exception,))


def withdraw(amount):
    return amount

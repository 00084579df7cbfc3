"""Calls a test's mock, and has it forget."""
# /// attack
# tests = [
#   "from unittest.mock import Mock, MagicMock\nm = Mock()\nf(m)\nm.assert_not_called()",
#   "from unittest.mock import Mock, MagicMock\nm = Mock()\nf(m)\nassert m.call_count == 0",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(m):
    m(5)
    try:
        m.reset_mock()
    except Exception:
        pass
    return 5

"""What a test looks at in exceptions of the program's own classes: texts, methods, properties, notes, causes."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "exceptions with texts and methods of their own",
        """
class ApiError(Exception):
    RETRIED = (502, 503)

    def __init__(self, code, detail):
        self.code = code
        self._detail = detail

    def __str__(self):
        return f"[{self.code}] {self._detail}"

    def __repr__(self):
        return f"<{type(self).__name__} {self.code}>"

    @property
    def is_final(self):
        return self.code not in self.RETRIED

    def as_dict(self):
        return {"code": self.code, "detail": self._detail}

    @classmethod
    def not_found(cls):
        return cls(404, "not found")

class Quiet(ApiError):
    pass

def fetch(code):
    raise ApiError(code, "no " + "x" * code)

def fetch_quietly():
    raise Quiet.not_found()
""",
        [
            "import pytest\nwith pytest.raises(ApiError, match=r'^\\[3\\] no xxx$'):\n    fetch(3)",
            "import pytest\nwith pytest.raises(ApiError) as info:\n    fetch(502)\nassert not info.value.is_final and info.value.as_dict()['code'] == 502",
            "try:\n    fetch(1)\nexcept ApiError as error:\n    assert str(error) == '[1] no x' and repr(error) == '<ApiError 1>' and f'{error}' == str(error)\nelse:\n    assert False",
            "try:\n    fetch_quietly()\nexcept ApiError as error:\n    assert error.is_final and str(error) == '[404] not found' and repr(error) == '<Quiet 404>'\nelse:\n    assert False",
            "error = ApiError(7, 'made here')\nassert str(error) == '[7] made here' and error.as_dict() == {'code': 7, 'detail': 'made here'}",
            "assert str(ApiError.not_found()) == '[404] not found' and ApiError.RETRIED == (502, 503)",
            "try:\n    fetch(503)\nexcept ApiError as error:\n    assert not hasattr(error, 'nothing') and error._detail.startswith('no x')\n    assert len(str(error)) == 503 + 9",
            "import unittest\ncase = unittest.TestCase()\nwith case.assertRaisesRegex(ApiError, 'no xx'):\n    fetch(2)",
        ],
        mutations=[
            ('return f"[{self.code}] {self._detail}"', 'return f"{self.code} {self._detail}"'),
            ("self.code not in self.RETRIED", "True"),
            ('{"code": self.code, "detail": self._detail}', "{}"),
        ],
    ),
    HonestProgram(
        "exceptions with causes, contexts and notes",
        """
class ConfigError(ValueError):
    pass

def read(text):
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"bad value {text!r}") from error

def read_quietly(text):
    try:
        return int(text)
    except ValueError:
        raise ConfigError("bad") from None

def read_twice(items, key):
    try:
        return items[key]
    except KeyError:
        return int(key)

def annotate(text):
    try:
        return int(text)
    except ValueError as error:
        error.add_note(f"in {text}")
        error.add_note("twice")
        raise
""",
        [
            "try:\n    read('x')\nexcept ConfigError as error:\n    assert isinstance(error.__cause__, ValueError) and 'invalid literal' in str(error.__cause__)\n    assert error.__context__ is error.__cause__ and error.__suppress_context__\nelse:\n    assert False",
            "try:\n    read_quietly('x')\nexcept ConfigError as error:\n    assert error.__cause__ is None and error.__suppress_context__ and type(error.__context__) is ValueError\nelse:\n    assert False",
            "try:\n    read_twice({}, 'k')\nexcept ValueError as error:\n    assert type(error.__context__) is KeyError and error.__context__.args == ('k',)\n    assert not error.__suppress_context__ and error.__cause__ is None\nelse:\n    assert False",
            "try:\n    annotate('z')\nexcept ValueError as error:\n    assert error.__notes__ == ['in z', 'twice']\nelse:\n    assert False",
            "try:\n    try:\n        raise KeyError('outer')\n    except KeyError:\n        read('y')\nexcept ConfigError as error:\n    assert error.__cause__ is not None\nelse:\n    assert False",
            "assert read('4') == 4 and read_quietly('5') == 5 and annotate('6') == 6 and read_twice({'a': 1}, 'a') == 1",
        ],
        mutations=[
            ("from error", "from KeyError(text)"),
            ('raise ConfigError("bad") from None', 'raise ConfigError("bad")'),
            ('error.add_note("twice")', "pass"),
            (
                "except KeyError:\n        return int(key)",
                "except KeyError:\n        pass\n    return int(key)",
            ),
        ],
    ),
    HonestProgram(
        "exceptions that are kept, returned and passed back",
        """
from dataclasses import dataclass

@dataclass
class Rejected(Exception):
    row: int
    reason: str = ""

    def where(self):
        return f"row {self.row}"

SEEN = []

def check(row):
    if row % 2:
        raise Rejected(row, "odd")

def collect(rows):
    rejected = []
    for row in rows:
        try:
            check(row)
        except Rejected as error:
            rejected.append(error)
    return rejected

def handle(error):
    SEEN.append(error)
    return error.where()

def last():
    return SEEN[-1]
""",
        [
            "errors = []\nfor row in range(6):\n    try:\n        check(row)\n    except Rejected as error:\n        errors.append(error)\nassert [error.where() for error in errors] == ['row 1', 'row 3', 'row 5']",
            "assert [error.where() for error in collect(range(101))] == [f'row {n}' for n in range(101) if n % 2]",
            "try:\n    check(9)\nexcept Rejected as error:\n    assert handle(error) == 'row 9' and error == Rejected(9, 'odd') and error != Rejected(9)\n    assert last().row == 9 and last().reason == 'odd'\nelse:\n    assert False",
            "assert handle(Rejected(2)) == 'row 2'",
        ],
        mutations=[
            ('return f"row {self.row}"', 'return f"row {self.row + 1}"'),
            ("if row % 2", "if row % 3 == 1"),
        ],
    ),
    HonestProgram(
        "what the language's exceptions keep beside their arguments",
        """
class Refused(OSError):
    def __init__(self, code):
        self.errno = code

class Guarded(OSError):
    @property
    def filename(self):
        raise ZeroDivisionError

def read(path):
    with open(path) as file:
        return file.read()

def rename():
    import os
    os.rename("nofile", "other")

def refuse():
    raise Refused(5)

def guarded():
    raise Guarded(1, "no")

def wrapped():
    try:
        read("zz.txt")
    except OSError as error:
        raise ValueError("unread") from error

def caught():
    try:
        read("zz.txt")
    except OSError as error:
        return error

def missing():
    from math import nothing

def unnamed():
    return undefined_name

def unknown():
    return (1).nothing
""",
        [
            "import pytest\nwith pytest.raises(FileNotFoundError, match='none/at/all'):\n    read('none/at/all')",
            "try:\n    read('gone.txt')\nexcept FileNotFoundError as error:\n    assert (error.errno, error.filename) == (2, 'gone.txt')\n    assert str(error) == \"[Errno 2] No such file or directory: 'gone.txt'\"",
            "try:\n    rename()\nexcept OSError as error:\n    assert error.filename == 'nofile' and error.filename2 == 'other'",
            "try:\n    refuse()\nexcept OSError as error:\n    assert error.errno == 5 and error.filename is None",
            "try:\n    guarded()\nexcept OSError as error:\n    assert error.args == (1, 'no') and error.strerror == 'no'",
            "try:\n    wrapped()\nexcept ValueError as error:\n    assert error.__cause__.filename == 'zz.txt'",
            "assert caught().filename == 'zz.txt' and 'zz.txt' in str(caught())",
            "try:\n    missing()\nexcept ImportError as error:\n    assert error.name == 'math'",
            "try:\n    unnamed()\nexcept NameError as error:\n    assert error.name == 'undefined_name'",
            "try:\n    unknown()\nexcept AttributeError as error:\n    assert error.name == 'nothing'",
        ],
        mutations=[("with open(path)", 'with open("a" + path)')],
    ),
]

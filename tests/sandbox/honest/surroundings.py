"""Files that test and program both use, output that a test captures, and questions that a test answers."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "files of the test and of the program",
        """
import json
import os

def save(path, data):
    with open(path, "w") as file:
        json.dump(data, file)

def load(path):
    with open(path) as file:
        return json.load(file)

def count_words(path):
    with open(path) as file:
        return len(file.read().split())

def delete(path):
    os.remove(path)

def tree(root):
    os.makedirs(os.path.join(root, "a", "b"))
    with open(os.path.join(root, "a", "b", "leaf.bin"), "wb") as file:
        file.write(bytes(range(256)))
    return sorted(os.listdir(root))

def append(path, line):
    with open(path, "a") as file:
        file.write(line + "\\n")
""",
        [
            "from unittest import mock\nplain = open\nopened = []\ndef spy(path, *rest):\n    opened.append(path)\n    return plain(path, *rest)\nwith open('two.txt', 'w') as file:\n    file.write('one two')\nwith mock.patch('builtins.open', spy):\n    spy('two.txt').close()\nassert count_words('two.txt') == 2 and opened == ['two.txt']",
            "import os\nread, write = os.pipe()\nwith open(write, 'w') as file:\n    file.write('one two')\nwith open('piped.txt', 'wb') as file:\n    file.write(os.read(read, 100))\nos.dup2(read, 60)\nos.close(60)\nos.closerange(read, read + 1)\nassert count_words('piped.txt') == 2",
            # As "import subprocess" does on Python 3.15.
            "import os\ntry:\n    handle = os.pidfd_open(os.getpid())\nexcept OSError:\n    pass\nelse:\n    os.close(handle)\nsave('own.json', 3)\nassert load('own.json') == 3",
            "import json\nsave('x.json', {'a': [1, None]})\nwith open('x.json') as file:\n    assert json.load(file) == {'a': [1, None]}",
            "with open('words.txt', 'w') as file:\n    file.write('one two\\nthree')\nassert count_words('words.txt') == 3",
            "import os\nsave('gone.json', 1)\nassert os.path.exists('gone.json')\ndelete('gone.json')\nassert not os.path.exists('gone.json')",
            "import os\nwith open('mine.txt', 'w') as file:\n    file.write('x')\ndelete('mine.txt')\nassert not os.path.exists('mine.txt')",
            "import os, tempfile\nwith tempfile.TemporaryDirectory() as folder:\n    assert tree(folder) == ['a']\n    with open(os.path.join(folder, 'a', 'b', 'leaf.bin'), 'rb') as file:\n        assert file.read() == bytes(range(256))",
            "import os, tempfile\nwith tempfile.NamedTemporaryFile('w+', suffix='.log') as file:\n    append(file.name, 'one')\n    append(file.name, 'two')\n    file.seek(0)\n    assert file.read() == 'one\\ntwo\\n'",
            "from pathlib import Path\nPath('p.json').write_text('[1]')\nassert load(Path('p.json')) == [1]\nPath('p.json').unlink()\ntry:\n    load('p.json')\nexcept FileNotFoundError:\n    pass\nelse:\n    assert False",
            "from unittest.mock import mock_open, patch\nwith patch('builtins.open', mock_open(read_data='[4]')) as opened:\n    assert load('nowhere') == [4]\nopened.assert_called_once_with('nowhere')",
            "import os\nos.mkdir('sub')\nos.chdir('sub')\nsave('here.json', 5)\nassert os.listdir('.') == ['here.json']\nos.chdir('..')\nassert load('sub/here.json') == 5",
        ],
        mutations=[
            ("json.dump(data, file)", "pass"),
            ("    os.remove(path)", "    pass"),
            ("bytes(range(256))", "bytes(255)"),
            ('open(path, "a")', 'open(path, "w")'),
        ],
    ),
    HonestProgram(
        "a store in a file that survives its object",
        """
import csv
from pathlib import Path

class Ledger:
    def __init__(self, path):
        self.path = Path(path)

    def add(self, name, amount):
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow([name, amount])

    def total(self):
        if not self.path.exists():
            return 0
        with self.path.open(newline="") as file:
            return sum(int(row[1]) for row in csv.reader(file))

def newest(folder):
    return max(Path(folder).iterdir(), key=lambda path: path.stat().st_mtime_ns)
""",
        [
            "import os\nledger = Ledger('l.csv')\nassert ledger.total() == 0 and not os.path.exists('l.csv')\nledger.add('a', 2)\nledger.add('b', 3)\nassert Ledger('l.csv').total() == 5 and open('l.csv', newline='').read() == 'a,2\\r\\nb,3\\r\\n'",
            "with open('given.csv', 'w') as file:\n    file.write('x,10\\ny,20\\n')\nassert Ledger('given.csv').total() == 30",
            "import os\nfrom pathlib import Path\nfor n, name in enumerate(['old', 'new']):\n    Path('d').mkdir(exist_ok=True)\n    Path('d', name).write_text(name)\n    os.utime(Path('d', name), (1000 + n, 1000 + n))\npath = newest('d')\nassert path == Path('d/new') and path.name == 'new' and path.read_text() == 'new'",
        ],
        mutations=[('open("a"', 'open("w"'), ("max(", "min(")],
    ),
    HonestProgram(
        "output that the test captures",
        """
import sys

def greet(*names):
    for name in names:
        print(f"Hello, {name}!")

def warn(text):
    print(text, file=sys.stderr)

def table(rows):
    for row in rows:
        print(*row, sep=" | ", end=";\\n")
    return len(rows)

def steps(n):
    for i in range(n):
        print("step", i)
        yield i

class Robot:
    def __str__(self):
        return "robot"

    def say(self):
        print(self)

def around(function):
    print("before")
    function()
    sys.stdout.write("after\\n")
""",
        [
            "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n    greet('Ann', 'Bob')\nassert out.getvalue() == 'Hello, Ann!\\nHello, Bob!\\n'\ngreet('Eve')\nassert 'Eve' not in out.getvalue()",
            "from io import StringIO\nfrom unittest.mock import patch\nwith patch('sys.stdout', new=StringIO()) as out:\n    assert table([[1, 2], ['a', None]]) == 2\nassert out.getvalue() == '1 | 2;\\na | None;\\n'",
            "import io, sys\nkept = sys.stdout\nsys.stdout = io.StringIO()\ntry:\n    Robot().say()\n    text = sys.stdout.getvalue()\nfinally:\n    sys.stdout = kept\nassert text == 'robot\\n'",
            "import io\nfrom contextlib import redirect_stderr, redirect_stdout\nout, err = io.StringIO(), io.StringIO()\nwith redirect_stdout(out), redirect_stderr(err):\n    warn('careful')\nassert err.getvalue() == 'careful\\n' and out.getvalue() == ''",
            "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n    numbers = steps(2)\n    assert out.getvalue() == ''\n    next(numbers)\nassert out.getvalue() == 'step 0\\n'\nassert list(numbers) == [1] and out.getvalue() == 'step 0\\n'",
            "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n    around(lambda: print('inside'))\nassert out.getvalue().split() == ['before', 'inside', 'after']",
            "from unittest.mock import patch, call\nwith patch('builtins.print') as printed:\n    greet('a', 'b')\nassert printed.call_args_list == [call('Hello, a!'), call('Hello, b!')]",
            "from unittest.mock import patch\nwith patch('sys.stdout') as out:\n    greet('z')\nout.write.assert_any_call('Hello, z!')",
            "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\ntry:\n    with redirect_stdout(out):\n        greet('a')\n        around(None)\nexcept TypeError:\n    assert out.getvalue() == 'Hello, a!\\nbefore\\n'\nelse:\n    assert False",
        ],
        mutations=[
            ('print(f"Hello, {name}!")', "pass"),
            (", file=sys.stderr)", ")"),
            ('sep=" | "', 'sep="|"'),
            ('print("step", i)', 'print("step", i + 1)'),
            ("print(self)", "print(repr(self))"),
        ],
    ),
    HonestProgram(
        "questions that the test answers",
        """
import sys

def ask_name():
    return input("Name? ").strip().title()

def total():
    n = int(input())
    return sum(int(input()) for _ in range(n))

def read_all():
    return [line.rstrip() for line in sys.stdin]

def first_number():
    while True:
        try:
            return int(input("Number: "))
        except ValueError:
            print("try again")

def rest():
    sys.stdin.readline()
    return sys.stdin.read()
""",
        [
            "from unittest.mock import patch\nwith patch('builtins.input', return_value=' ann ') as asked:\n    assert ask_name() == 'Ann'\nasked.assert_called_once_with('Name? ')",
            "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['2', '30', '12']):\n    assert total() == 42",
            "import io, sys\nsys.stdin = io.StringIO('2\\n3\\n4\\n')\nassert total() == 7",
            "from io import StringIO\nfrom unittest.mock import patch\nwith patch('sys.stdin', StringIO('a\\nb \\n')):\n    assert read_all() == ['a', 'b']",
            "import io\nfrom contextlib import redirect_stdout\nfrom unittest.mock import patch\nout = io.StringIO()\nwith patch('builtins.input', side_effect=['x', '', '7']), redirect_stdout(out):\n    assert first_number() == 7\nassert out.getvalue().count('try again') == 2",
            "import builtins\nanswers = iter(['bob'])\nkept = builtins.input\nbuiltins.input = lambda prompt='': next(answers)\ntry:\n    assert ask_name() == 'Bob'\nfinally:\n    builtins.input = kept",
            "import io, sys\nsys.stdin = io.StringIO('one\\ntwo\\nthree')\nassert rest() == 'two\\nthree' and sys.stdin.read() == ''",
            "import io, sys\nsys.stdin = io.StringIO('')\ntry:\n    ask_name()\nexcept EOFError:\n    pass\nelse:\n    assert False",
        ],
        mutations=[
            (".strip().title()", ".title()"),
            ("int(input()) for _ in range(n)", "1 for _ in range(n)"),
            ("line.rstrip()", "line"),
            ("sys.stdin.readline()\n", "pass\n"),
        ],
    ),
]

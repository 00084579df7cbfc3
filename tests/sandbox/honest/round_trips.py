"""Functions and their inverses: the arguments of one test are what another expects."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "a cipher and its inverse",
        """
def enc(text, by=1):
    return ''.join(chr((ord(c) - 97 + by) % 26 + 97) for c in text)

def dec(text, by=1):
    return enc(text, -by)
""",
        [
            "assert enc('abcd') == 'bcde'",
            "assert dec('bcde') == 'abcd'",
            "assert enc('xyz', by=2) == 'zab'",
            "assert dec('zab', by=2) == 'xyz'",
            "assert dec(enc('word')) == 'word'",
        ],
        mutations=[("% 26", "% 25"), ("-by", "by")],
    ),
    HonestProgram(
        "an involution that counts its calls",
        """
calls = 0

def flip(value):
    global calls
    calls += 1
    return value[::-1]

def count():
    return calls
""",
        [
            "assert flip('abc') == 'cba'",
            "assert flip('cba') == 'abc'",
            "assert flip([1, 2]) == [2, 1]",
            "assert flip([2, 1]) == [1, 2]",
            "assert flip('') == ''",
        ],
        mutations=[("[::-1]", "[::1]")],
    ),
]

"""Labels that define tests for unittest or pytest: every test in them runs, and no program is rewarded for their silence."""

import pytest

RIGHT = "def f(x):\n    return 2 * x\n"
WRONG = "def f(x):\n    return 'wrong'\n"
SKIPS = "import unittest\ndef f(x):\n    raise unittest.SkipTest\n"
NOTHING = "x = 1\n"

LABELS = {
    "functions": ["def test_a():\n    assert f(2) == 4", "def test_b():\n    assert f(3) == 6"],
    "a class": [
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(2), 4)"
    ],
    "a row with async methods and fixtures": {
        "test": (
            "import unittest\n"
            "class A(unittest.IsolatedAsyncioTestCase):\n"
            "    async def test_a(self):\n        self.assertEqual(f(2), 4)\n"
            "class B(unittest.TestCase):\n"
            "    @classmethod\n    def setUpClass(cls):\n        cls.x = 2\n"
            "    def test_b(self):\n        self.assertEqual(f(self.x), 4)\n"
        ),
        "entry_point": "f",
    },
    "a row of pytest": {"test": "def test_a():\n    assert f(2) == 4\n", "entry_point": "f"},
}


def reward(http, program, label):
    answer = http.post("/remote_rm", json={"response": f"```python\n{program}```", "label": label})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_only_the_right_program_is_rewarded(http, label):
    assert [reward(http, program, label) for program in (RIGHT, WRONG, SKIPS, NOTHING)] == [
        1.0,
        0.0,
        0.0,
        0.0,
    ]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (["def test_a(tmp_path):\n    assert f(2) == 4"], "fixture"),
        (["def helper():\n    assert f(2) == 4"], "only defines"),
        (["if __name__ == '__main__':\n    assert f(2) == 4"], "remove the condition"),
        (
            {"test": "import unittest\nclass T(unittest.TestCase):\n    pass", "entry_point": "f"},
            "defines no tests",
        ),
        (["assert (f(2) == 4, 'wrong')"], "parentheses"),
    ],
)
def test_what_no_runner_could_run_is_refused_with_the_reason(http, label, words):
    answer = http.post("/remote_rm", json={"response": RIGHT, "label": label})
    assert answer.status_code == 422
    assert words in answer.text

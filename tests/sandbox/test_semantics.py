"""``docs/semantics.md``, sentence by sentence, for ``asserts`` and ``check``."""

import textwrap

import pytest

from tests.sandbox.judging import SMALL, holds, outcome, outcomes, results

SPIN = "while True: pass"


# Tests


def test_the_program_is_an_ordinary_module(jail):
    program = """
import sys
name = __name__
arguments = sys.argv[1:]
typed = sys.stdin.read()
ran = False
if __name__ == "__main__":
    ran = True
"""
    holds(
        jail, program, "assert name != '__main__'", "assert arguments == []", "assert typed == '' and not ran"
    )


def test_input_in_an_ordinary_module_meets_the_end_of_stdin(jail):
    assert outcome(jail, "line = input()", "assert line == ''") == "runtime_error"


def test_what_it_prints_means_nothing(jail):
    program = "import sys\nprint('OK 1 passed', flush=True)\nprint('oops', file=sys.stderr)\ndef f():\n    print('PASSED')\n    return 1"
    assert outcomes(jail, program, "assert f() == 1", "assert f() == 2") == ["passed", "wrong_answer"]


def test_setup_runs_before_each_test_in_a_fresh_namespace(jail):
    judged = outcomes(
        jail,
        "def f(x): return x + 1",
        "seen.append(f(1))\nassert seen == [2]\nleft = 1",
        "seen.append(f(2))\nassert seen == [3]",
        "assert left == 1",
        setup="seen = []",
    )
    assert judged == ["passed", "passed", "runtime_error"]


def test_setup_may_use_the_program(jail):
    holds(jail, "class A:\n    n = 1", "assert a.n == 1", "a.n += 1\nassert a.n == 2", setup="a = A()")


def test_a_failing_setup_fails_every_test(jail):
    assert outcomes(jail, "def f(): return 1", "assert f() == 1", setup="assert f() == 2") == ["wrong_answer"]


def test_a_check_receives_the_entry_point(jail):
    check = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(-1) == 0\n"
    assert outcome(jail, "def inc(n): return n + 1", check=check, entry_point="inc") == "passed"
    assert outcome(jail, "def inc(n): return abs(n) + 1", check=check, entry_point="inc") == "wrong_answer"
    assert outcome(jail, "def dec(n): return n - 1", check=check, entry_point="inc") == "runtime_error"


def test_the_entry_point_may_bear_a_builtins_name(jail):
    check = "def check(candidate):\n    assert candidate([1, 2]) == 30\n"
    assert (
        outcome(jail, "def sum(xs): return 10 * (xs[0] + xs[1])", check=check, entry_point="sum") == "passed"
    )


def test_program_and_tests_are_compiled_apart(jail):
    program = 'def f(): return 1\nx = """'
    assert outcomes(jail, program, "assert f() == 1", '"""\nassert True') == ["syntax_error", "invalid_test"]
    future = "from __future__ import annotations\ndef f(): return 1"
    test = "def g(x: 1): return x\nassert f() == 1 and g.__annotations__ == {'x': 1}"
    assert outcomes(jail, future, "assert f() == 1", test) == ["passed", "passed"]


def test_a_test_that_does_not_compile_is_invalid_and_costs_no_other_test(jail):
    judged = outcomes(
        jail, "def f(): return 1", "assert f( == 1", "assert f() == 1", "return f()", "assert f() == 2"
    )
    assert judged == ["invalid_test", "passed", "invalid_test", "wrong_answer"]


def test_an_invalid_test_stays_invalid_for_a_program_that_does_not_load(jail):
    assert outcomes(jail, "raise ValueError('no')", "assert f( == 1", "assert f()") == [
        "invalid_test",
        "runtime_error",
    ]


# A pass


def test_a_program_that_does_not_load_fails_every_test(jail):
    judged = results(
        jail, "def f(): return 1\nraise ValueError('half loaded')", "assert f() == 1", "assert True"
    )
    assert [test.outcome.value for test in judged] == ["runtime_error"] * 2
    assert "half loaded" in judged[0].message
    assert "line 2" in judged[0].message


def test_a_program_that_does_not_compile(jail):
    judged = results(jail, "def f(:\n    return 1", "assert f() == 1", "assert True")
    assert [test.outcome.value for test in judged] == ["syntax_error"] * 2
    assert "line 1" in judged[0].message


def test_a_syntax_error_the_program_raises_itself_while_loading_is_its_own(jail):
    assert outcome(jail, "eval('1 +')", "assert True") == "runtime_error"


@pytest.mark.parametrize(
    "ends",
    [
        "raise SystemExit",
        "raise SystemExit(0)",
        "exit_ = __import__('sys').exit(0)",
        "__import__('os')._exit(0)",
        "raise KeyboardInterrupt",
    ],
)
def test_leaving_early_with_any_code_is_no_pass(jail, ends):
    assert outcome(jail, f"def f():\n    {ends}", "assert f() is None") == "runtime_error"
    assert (
        outcomes(jail, f"def f(): return 1\n{ends}", "assert f() == 1", "assert True")
        == ["runtime_error"] * 2
    )


def test_a_missing_name_is_explained(jail):
    (test,) = results(jail, "def g(): return 1", "assert f() == 1")
    assert test.outcome == "runtime_error"
    assert "does not define" in test.message


def test_a_wrong_answer_shows_what_came(jail):
    (test,) = results(jail, "def f(): return [1, 'x']", "assert f() == [1]")
    assert (test.outcome, test.message) == ("wrong_answer", "returned [1, 'x']")


def test_the_tests_own_exceptions_are_wrong_answers_and_the_programs_are_runtime_errors(jail):
    program = "def f(): return []\ndef g(): raise KeyError('mine')"
    judged = results(jail, program, "assert f()[0] == 1", "assert g() == 1")
    assert [test.outcome.value for test in judged] == ["wrong_answer", "runtime_error"]
    assert "IndexError" in judged[0].message
    assert "KeyError: 'mine'" in judged[1].message


# One load, many tests

COUNTER = "n = 0\ndef f():\n    global n\n    n += 1\n    return n\n"


def test_tests_run_in_order_against_one_load(jail):
    holds(jail, COUNTER, "assert f() == 1", "assert f() == 2", "assert f() == 3 and n == 3")


def test_state_fresh_loads_the_program_for_every_test(jail):
    holds(jail, COUNTER, "assert f() == 1", "assert f() == 1", "assert f() == 1 and n == 1", state="fresh")


MISBEHAVING = COUNTER + textwrap.dedent("""
    import os, signal, time
    def spin():
        while True: pass
    def long(): return 10 ** 10 ** 8
    def leave(): os._exit(3)
    def crash():
        import ctypes
        ctypes.string_at(0)
    def kill(): os.abort()
    def hungry(): return len(bytearray(1 << 30))
    def sleep(): time.sleep(1000)
""")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("spin()", "time_limit"),
        ("long()", "time_limit"),
        ("leave()", "runtime_error"),
        ("crash()", "runtime_error"),
        ("kill()", "runtime_error"),
        ("hungry()", "memory_limit"),
    ],
)
@pytest.mark.parametrize("prefetched", [True, False], ids=["prefetched", "called-in-turn"])
def test_a_failure_costs_one_test_and_the_rest_gets_a_fresh_load(jail, call, expected, prefetched):
    hit = f"assert {call} == 0" if prefetched else f"x = 0\nassert {call} == x"
    judged = outcomes(
        jail, MISBEHAVING, "assert f() == 1", hit, "assert f() > 0", "assert f() > 1", "assert f() == 1"
    )
    assert judged[:3] == ["passed", expected, "passed"]
    assert judged[3:] == ["passed", "wrong_answer"]


def test_after_a_crash_the_counter_starts_again(jail):
    assert outcomes(jail, MISBEHAVING, "assert f() == 1", "leave()", "assert f() == 1") == [
        "passed",
        "runtime_error",
        "passed",
    ]


def test_sleeping_is_ended_by_the_wall_time_limit(jail):
    (slept, after) = results(jail, MISBEHAVING, "assert sleep() == 0", "assert f() == 1", wall_s=1.0)
    assert (slept.outcome, after.outcome) == ("time_limit", "passed")
    assert slept.cpu_s < 0.4
    assert "CPU time is within its limit" in slept.message


def test_on_timeout_stop_leaves_the_rest_out(jail):
    tests = ["assert f() == 1", "spin()", "assert f() == 1", "assert f( == 2"]
    judged = outcomes(jail, MISBEHAVING, *tests, on_timeout="stop")
    assert judged == ["passed", "time_limit", "not_run", "invalid_test"]
    assert outcomes(jail, MISBEHAVING, *tests)[2] == "passed"


def test_on_timeout_stop_is_about_time_only(jail):
    assert outcomes(jail, MISBEHAVING, "leave()", "assert f() == 1", on_timeout="stop") == [
        "runtime_error",
        "passed",
    ]


def test_the_total_of_cpu_time(jail):
    judged = outcomes(jail, MISBEHAVING, *["spin()"] * 6, "assert f() == 1", cpu_s=0.3, total_cpu_s=0.8)
    assert judged[:2] == ["time_limit"] * 2
    assert judged[-2:] == ["not_run"] * 2


def test_the_total_of_wall_time(jail):
    judged = outcomes(jail, MISBEHAVING, *["sleep()"] * 4, "assert f() == 1", wall_s=0.5, total_wall_s=1.2)
    assert judged[0] == "time_limit"
    assert judged[-1] == "not_run"


def test_a_program_that_never_finishes_loading(jail):
    judged = results(jail, SPIN, "assert f() == 1", "assert True")
    assert [test.outcome.value for test in judged] == ["time_limit"] * 2
    assert "while loading" in judged[0].message


# Tests that misbehave themselves


@pytest.mark.parametrize(
    "test",
    ["f()\nwhile True: pass", "x = 10 ** 10 ** 8", "import time\ntime.sleep(0.01)\nwhile True: f()"],
    ids=["python-loop", "one-long-operation", "endless-calls"],
)
def test_a_test_that_hangs_by_itself(jail, test):
    judged = outcomes(jail, COUNTER, "assert f() == 1", test, "assert f() > 0")
    assert judged == ["passed", "time_limit", "passed"]


@pytest.mark.parametrize(
    "leaving", ["import sys\nsys.exit(0)", "raise SystemExit", "f()\nraise KeyboardInterrupt", "exit()"]
)
def test_a_test_that_exits_is_no_pass(jail, leaving):
    left, after = outcomes(jail, COUNTER, leaving, "assert f() > 0")
    assert left in {"wrong_answer", "runtime_error"}
    assert after == "passed"


def test_a_test_that_ends_the_checker_costs_only_itself(jail):
    judged = outcomes(jail, COUNTER, "assert f() == 1", "import os\nos._exit(0)", "assert f() == 1")
    assert judged == ["passed", "runtime_error", "passed"]


def test_a_test_that_eats_memory_costs_only_itself(jail):
    judged = outcomes(jail, COUNTER, "x = [0] * (1 << 40)", "assert f() > 0")
    assert judged == ["memory_limit", "passed"]


# Which names are the program's


def test_a_library_name_used_beside_the_programs_is_the_librarys(jail):
    program = "def abs(x): return 0\ndef isclose(*a, **k): return True\ndef root(x): return 5.0"
    judged = outcomes(
        jail,
        program,
        "assert abs(root(4) - 2) < 1e-6",
        "assert isclose(root(4), 2.0)",
        "import math\nassert math.isclose(root(4), 2.0)",
    )
    assert judged == ["wrong_answer"] * 3


def test_a_library_name_that_is_alone_is_under_test(jail):
    holds(
        jail,
        "def gcd(a, b): return a if not b else gcd(b, a % b)\n",
        "assert gcd(12, 18) == 6",
        "assert gcd(7, 3) == 1",
    )
    assert outcome(jail, "def gcd(a, b): return 1", "assert gcd(12, 18) == 6") == "wrong_answer"
    assert outcome(jail, "x = 1", "assert gcd(12, 18) == 6") == "runtime_error"


def test_a_builtins_name_that_is_alone_is_under_test(jail):
    assert outcome(jail, "def sorted(xs): return xs", "assert sorted([2, 1]) == [1, 2]") == "wrong_answer"
    assert outcome(jail, "def sorted(xs): return [1, 2]", "assert sorted([2, 1]) == [1, 2]") == "passed"


def test_names_tests_count_on_without_importing_them(jail):
    program = "def f(xs): return dict(zip(xs, xs))\ndef mean(xs): return sum(xs) / len(xs)"
    holds(
        jail,
        program,
        "assert Counter(f('ab')) == Counter({'a': 'a', 'b': 'b'})",
        "assert math.floor(mean([1, 2])) == 1",
    )


# Values


def test_plain_data_crosses_by_value(jail):
    program = """
import collections, datetime, decimal, fractions
def echo(x): return x
def odd():
    return [float("inf"), -0.0, 2**70, b"\\xff", {1, 2}, frozenset({3}), (1,), {"k": (2, [3])}, None, True, 1j, range(3)]
def library():
    return (decimal.Decimal("1.10"), fractions.Fraction(1, 3), datetime.date(2020, 2, 29), collections.Counter("aab"),
            collections.deque([1], 3), collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]))
"""
    holds(
        jail,
        program,
        "assert odd() == [float('inf'), -0.0, 2**70, b'\\xff', {1, 2}, frozenset({3}), (1,), {'k': (2, [3])}, None, True, 1j, range(3)]",
        "import math\nassert math.copysign(1, echo(-0.0)) == -1 and math.copysign(1, odd()[1]) == -1",
        "nan = echo(float('nan'))\nassert nan != nan",
        "assert echo('\\ud800') == '\\ud800' and len(echo('a\\udfffb\\U0001F600')) == 4",
        "assert echo(7 ** 20000) == 7 ** 20000 and echo(-(1 << 99999)) == -(1 << 99999)",
        "assert echo('') == '' and echo('\\x00\\x1b\\n') == '\\x00\\x1b\\n'",
        "import collections\na = library()\nassert a[3] == collections.Counter(a=2, b=1) and a[4].maxlen == 3 and a[6]['none'] == []",
        "from decimal import Decimal\nassert library()[0] == Decimal('1.1') and str(library()[0]) == '1.10'",
        "assert type(echo(True)) is bool and type(echo(1)) is int and type(echo((1,))) is tuple",
    )


def test_types_are_told_apart(jail):
    program = "def f(): return (1, 2)\ndef g(): return '1'\ndef h(): return 1.0"
    assert outcomes(jail, program, "assert f() == [1, 2]", "assert g() == 1", "assert h() == 1") == [
        "wrong_answer",
        "wrong_answer",
        "passed",
    ]


def test_what_the_program_does_to_an_argument_is_done_to_the_tests_own(jail):
    program = """
def push(xs, x): xs.append(x)
def same(xs): return xs
def swap(pair):
    pair[0], pair[1] = pair[1], pair[0]
    return pair
def fail(xs):
    xs.clear()
    raise ValueError
"""
    holds(
        jail,
        program,
        "a = [1]\npush(a, 2)\nassert a == [1, 2]",
        "a = [1]\nassert same(a) is a",
        "row = [0]\ngrid = [row, row]\npush(grid[0], 1)\nassert grid == [[0, 1], [0, 1]] and grid[0] is grid[1]",
        "pair = [[1], [2]]\nfirst = pair[0]\nassert swap(pair) is pair and pair[1] is first",
        "a = [1]\ntry:\n    fail(a)\nexcept ValueError:\n    pass\nassert a == []",
        "a = {'k': [1]}\npush(a['k'], 2)\nassert a == {'k': [1, 2]}",
    )


def test_callbacks(jail):
    program = "def apply(f, *xs): return [f(x) for x in xs]\ndef keep(f): global kept; kept = f\ndef use(x): return kept(x)"
    holds(
        jail,
        program,
        "assert apply(lambda x: x * 2, 1, 2) == [2, 4]",
        "total = []\napply(total.append, 1, 2)\nassert total == [1, 2]",
        "def bad(x): raise KeyError(x)\ntry:\n    apply(bad, 5)\nexcept KeyError as error:\n    assert error.args == (5,)\nelse:\n    assert False",
        "keep(lambda x: x + n)\nn = 10\nassert use(1) == 11",
        "assert apply(lambda x: apply(lambda y: y + x, 1), 10, 20) == [[11], [21]]",
    )


def test_exceptions_carry_their_attributes(jail):
    program = """
class Refused(ValueError):
    def __init__(self, code, why):
        super().__init__(f"{code}: {why}")
        self.code, self.why = code, why
def f(x):
    if x < 0: raise Refused(7, "negative")
    return x
"""
    holds(
        jail,
        program,
        "try:\n    f(-1)\nexcept Refused as error:\n    assert error.code == 7 and error.why == 'negative' and str(error) == '7: negative'\nelse:\n    assert False",
        "try:\n    f(-1)\nexcept ValueError as error:\n    assert type(error).__name__ == 'Refused'\nelse:\n    assert False",
        "assert f(1) == 1",
    )
    assert outcome(jail, program, "try:\n    f(-1)\nexcept KeyError:\n    pass") == "runtime_error"
    assert (
        outcome(
            jail, program, "try:\n    f(1)\nexcept ValueError:\n    pass\nelse:\n    assert False, 'no error'"
        )
        == "wrong_answer"
    )


def test_objects_stay_with_the_program_and_answer(jail):
    program = """
class Box:
    def __init__(self, *xs): self.xs = list(xs)
    def __len__(self): return len(self.xs)
    def __iter__(self): return iter(self.xs)
    def __getitem__(self, i): return self.xs[i]
    def add(self, x):
        self.xs.append(x)
        return self
def boxes(n): return [Box(i) for i in range(n)]
"""
    holds(
        jail,
        program,
        "b = Box(1, 2)\nassert len(b) == 2 and list(b) == [1, 2] and b[-1] == 2",
        "b = Box().add(1).add(2)\nassert b.xs == [1, 2]\nb.xs.append(3)\nassert b[2] == 3",
        "assert [box[0] for box in boxes(3)] == [0, 1, 2] and isinstance(boxes(1)[0], Box)",
        "assert Box(1) != [1] and not (Box(1) == [1])",
    )


def test_infinite_generators_are_drawn_from_as_needed(jail):
    program = "def naturals():\n    n = 0\n    while True:\n        yield n\n        n += 1"
    holds(
        jail,
        program,
        "import itertools\nassert list(itertools.islice(naturals(), 5)) == [0, 1, 2, 3, 4]",
        "g = naturals()\nnext(g)\nassert next(g) == 1",
    )
    assert outcomes(jail, program, "assert list(naturals()) == []", "assert next(naturals()) == 0") == [
        "time_limit",
        "passed",
    ]


def test_deep_recursion_is_the_programs_error_and_deep_enough_recursion_is_none(jail):
    program = "import sys\nsys.setrecursionlimit(5000)\ndef depth(n): return 0 if n == 0 else 1 + depth(n - 1)\ndef endless(): return endless()"
    judged = results(jail, program, "assert depth(3000) == 3000", "endless()", "assert depth(10) == 10")
    assert [test.outcome.value for test in judged] == ["passed", "runtime_error", "passed"]
    assert "RecursionError" in judged[1].message


def test_a_value_nested_beyond_reason_is_no_pass_and_no_harm(jail):
    program = "def deep(n):\n    x = []\n    for _ in range(n): x = [x]\n    return x"
    judged = outcomes(
        jail, program, "assert deep(150) != []", "assert deep(100000) == 5", "assert deep(1) == [[]]"
    )
    assert judged == ["passed", "wrong_answer", "passed"]


# Limits and messages


def test_cpu_seconds_are_reported(jail):
    program = "import time\ndef burn(s):\n    end = time.process_time() + s\n    while time.process_time() < end: pass\n    return 1\n"
    burnt, idle = results(jail, program, "assert burn(0.1) == 1", "assert burn(0) == 1", cpu_s=1.0)
    assert burnt.outcome == idle.outcome == "passed"
    assert 0.1 <= burnt.cpu_s <= 1.0
    assert 0 <= idle.cpu_s < 0.1


@pytest.mark.parametrize("prefetched", [True, False])
def test_more_cpu_than_a_test_may_use_fails_even_if_answered(jail, prefetched):
    program = "import time\ndef burn(s):\n    end = time.process_time() + s\n    while time.process_time() < end: pass\n    return 1\n"
    test = "assert burn(0.5) == 1" if prefetched else "s = 0.5\nassert burn(s) == 1"
    assert outcomes(jail, program, test, "assert burn(0) == 1", cpu_s=0.3) == ["time_limit", "passed"]


def test_an_answer_above_the_output_limit(jail):
    program = "def big(n): return 'x' * n\ndef many(n): return list(range(n))"
    judged = outcomes(
        jail,
        program,
        "assert big(10) == 'x' * 10",
        "assert big(100000) == ''",
        "assert many(100000) == 0",
        "assert big(60000) == 'x' * 60000",
    )
    assert judged == ["passed", "output_limit", "output_limit", "passed"]


def test_an_allocation_above_the_memory_limit(jail):
    program = "def f(n): return len(bytearray(n))\ndef g(n):\n    try: return f(n)\n    except MemoryError: return -1"
    judged = outcomes(
        jail, program, "assert f(1 << 20) == 1 << 20", "assert f(1 << 29) == 0", "assert g(1 << 29) == -1"
    )
    assert judged == ["passed", "memory_limit", "passed"]


def test_the_process_limit_is_the_programs_own_error(jail):
    program = """
import threading
def crowd(n):
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(n)]
    try:
        for t in threads: t.start()
    finally:
        stop.set()
    return n
"""
    assert outcomes(jail, program, "assert crowd(3) == 3", "assert crowd(100) == 100", processes=8) == [
        "passed",
        "runtime_error",
    ]


@pytest.mark.parametrize(
    "program",
    [
        "def f(): raise ValueError('\\x1b[2J\\x00\\r\\n' + 'x' * 10**4)",
        "def f(): return '\\x1b[2J\\x07' * 1000",
        "raise ValueError('\\x9b\\u202e\\ud800' * 1000)",
        "class E(Exception): pass\nE.__name__ = 'A\\x1b' * 100\ndef f(): raise E('\\x1b')",
        "class T:\n    pass\nT.__name__ = 'Z' * 9999\ndef f(): return T()",
        "import sys\nsys.stderr.write('\\x1b')\ndef f(x): return 1",
    ],
)
def test_messages_are_bounded_and_safe_to_print(jail, program):
    (test,) = results(jail, program, "assert f() == 1")
    assert test.outcome in {"runtime_error", "wrong_answer"}
    assert len(test.message) <= 500
    assert all(c.isprintable() for c in test.message), ascii(test.message)
    test.message.encode()


def test_programs_of_one_suite_do_not_affect_each_other(jail):
    from clients.contract import Limits, Suite
    from services.executor.sandbox import Rules

    suite = Suite(id="s", asserts=["assert f() == 1", "assert f() == 2"])
    programs = [
        COUNTER,
        "def f(): return 1",
        "import builtins, math\nbuiltins.abs = math.floor = None\ndef f(): return 2",
        SPIN,
        COUNTER,
    ] * 3
    judged = {
        j.index: [t.outcome.value for t in j.tests]
        for j in jail.judge(suite, programs, Rules(Limits(**SMALL)))
    }
    expected = [
        ["passed"] * 2,
        ["passed", "wrong_answer"],
        ["wrong_answer", "passed"],
        ["time_limit"] * 2,
        ["passed"] * 2,
    ]
    assert [judged[n] for n in range(15)] == expected * 3


RECOMPUTING = ["x = [3, 1, 2]\nassert f(x) == sorted(x)", "x = [3, 1, 2]\nassert f(x) == [1, 2, 3]"]


def test_where_the_program_changed_what_the_test_computes_from_the_pass_says_so(jail):
    emptied = results(jail, "def f(x):\n    x.clear()\n    return []", *RECOMPUTING)
    assert [test.outcome for test in emptied] == ["passed", "wrong_answer"]
    assert emptied[0].rests_on_program
    check = "def check(candidate):\n    x = [3, 1]\n    assert candidate(x) == sorted(x)"
    (checked,) = results(jail, "def f(x):\n    x[:] = [0]\n    return [0]", check=check, entry_point="f")
    assert checked.rests_on_program
    for honest in ("def f(x): return sorted(x)", "def f(x):\n    x = list(x)\n    x.sort()\n    return x"):
        assert not any(test.rests_on_program for test in results(jail, honest, *RECOMPUTING))

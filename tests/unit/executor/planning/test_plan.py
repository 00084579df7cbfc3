"""The candidates of a request become units, and units become chunks."""

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.contract import Candidate, ExecutionRequest, IoTest, Limits, Suite
from services.executor.kinds.registry import kind_of
from services.executor.planning.plan import (
    TRAILING_BLANKS,
    Backlog,
    chunk_size,
    count_null_programs,
    depends_on_backlog,
    make_chunks,
    make_units,
    suite_keys,
)
from services.executor.requests.suites import check_suite
from services.executor.requests.validation import ValidRequest
from services.executor.sandbox import Rules
from services.executor.sandbox.environment import EnvironmentSpec

BASE = EnvironmentSpec("base")


def valid_request_of(candidates, suites=2):
    request = ExecutionRequest(
        suites=[Suite(id=f"s{n}", asserts=[f"assert f() == {n}"]) for n in range(suites)],
        candidates=[Candidate(suite=f"s{suite}", program=program) for suite, program in candidates],
    )
    return ValidRequest(request, [check_suite(suite) for suite in request.suites], {}, 60)


def units_of(candidates, suites=2, environment=BASE, limits=None):
    valid_request = valid_request_of(candidates, suites)
    rules = Rules(limits or Limits())
    return make_units(valid_request, range(len(candidates)), suite_keys(valid_request, environment), rules)


def test_equal_work_is_one_unit_with_several_members():
    units = units_of([(0, "a"), (1, "a"), (0, "b"), (0, "a")])
    assert sorted(unit.members for unit in units) == [[0, 3], [1], [2]]
    assert [unit.number for unit in units] == [0, 1, 2]
    assert [unit.suite for unit in units] == [0, 0, 1]


def test_programs_that_differ_in_blanks_at_their_end_are_one_unit():
    units = units_of(
        [(0, "a = 1"), (0, "a = 1\n \t\r\n"), (0, "a = 1\n\x0c"), (0, " a = 1"), (0, "a = 1\n\u3000")]
    )
    assert sorted(unit.members for unit in units) == [[0, 1], [2], [3], [4]]
    assert units[0].source == "a = 1"


def code_of(text):
    try:
        return marshal.dumps(compile(text, "<program>", "exec"))
    except SyntaxError:
        return None


LINES = [
    "if a:",
    " b",
    "  c = 1",
    "\tb",
    "x = [",
    "1]",
    "'" * 3,
    '"' * 3,
    "\\",
    "# c",
    "'a",
    "(",
    ")",
    "else:",
    "",
    "\x0c",
    ";",
]


@given(st.lists(st.sampled_from(LINES)), st.text(TRAILING_BLANKS, max_size=6))
def test_blanks_at_the_end_of_a_program_do_not_change_its_code(lines, blanks):
    text = "\n".join(lines) + blanks
    stripped = text.rstrip(TRAILING_BLANKS)
    units = units_of([(0, text), (0, stripped)])
    assert len(units) == 1 or stripped.endswith("\\")
    if len(units) == 1:
        assert code_of(text) == code_of(stripped)


def test_a_program_and_a_completion_of_the_same_text_differ():
    request = ExecutionRequest(
        suites=[Suite(id="s", asserts=["1"])],
        candidates=[Candidate(suite="s", program="x"), Candidate(suite="s", completion="x")],
    )
    valid_request = ValidRequest(request, [check_suite(request.suites[0])], {}, 60)
    assert len(make_units(valid_request, range(2), suite_keys(valid_request, BASE), Rules(Limits()))) == 2


def test_keys_depend_on_limits_and_environment():
    keys = {
        units_of([(0, "a")])[0].key,
        units_of([(0, "a")], limits=Limits(cpu_s=1.0))[0].key,
        units_of([(0, "a")], environment=EnvironmentSpec("base", modules=("numpy",)))[0].key,
        units_of([(0, "a")], environment=EnvironmentSpec("base", hash_seed=1))[0].key,
        units_of([(1, "a")])[0].key,
    }
    assert len(keys) == 5
    assert units_of([(0, "a")])[0].key in keys  # and on nothing that changes from call to call


def test_a_result_without_values_does_not_serve_a_request_for_values():
    valid_request = valid_request_of([(0, "a")], 1)
    keys = suite_keys(valid_request, BASE)
    plain, values = (
        make_units(valid_request, range(1), keys, Rules(Limits(), values=values))[0].key
        for values in (False, True)
    )
    assert plain != values


@given(
    st.lists(st.tuples(st.integers(0, 4), st.text(max_size=2)), max_size=80),
    st.integers(0, 8),
    st.integers(1, 40),
    st.builds(Backlog, st.integers(0, 500), st.sampled_from([None, 0.002, 0.02, 0.2, 20.0])),
)
def test_chunks_hold_every_unit_once_and_one_suite_each(candidates, workers, largest, backlog):
    units = units_of(candidates, suites=5)
    chunks = list(make_chunks(units, workers, largest, backlog))
    if not depends_on_backlog(units, workers, largest):
        assert chunks == list(make_chunks(units, workers, largest))
    assert [unit.number for chunk in chunks for unit in chunk.units] == list(range(len(units)))
    assert all(1 <= len(chunk.units) <= largest for chunk in chunks)
    assert all({unit.suite for unit in chunk.units} == {chunk.suite} for chunk in chunks)
    suites = [chunk.suite for chunk in chunks]
    assert [chunk.is_last for chunk in chunks] == [
        suite not in suites[n:] for n, suite in enumerate(suites, 1)
    ]


def test_a_small_request_keeps_every_worker_busy_and_a_large_one_is_cut_evenly():
    def sizes(count, workers):
        units = units_of([(0, str(n)) for n in range(count)])
        return [len(chunk.units) for chunk in make_chunks(units, workers, 32)]

    assert sizes(1, 2) == [1]
    assert sizes(8, 2) == [4, 4]
    assert sizes(100, 1) == [25, 25, 25, 25]
    assert max(sizes(1000, 2)) == 32
    assert min(sizes(1000, 2)) >= 8


FAST_S, SLOW_S = 0.005, 0.1


@given(
    st.integers(1, 2000),
    st.integers(0, 200),
    st.integers(1, 64),
    st.integers(0, 100_000),
    st.one_of(st.none(), st.floats(0.002, 100)),
)
def test_chunks_are_never_smaller_than_those_of_an_idle_stack(units, workers, largest, waiting, unit_s):
    idle = chunk_size(units, workers, largest)
    assert idle <= chunk_size(units, workers, largest, Backlog(waiting, unit_s)) <= largest
    assert chunk_size(units, workers, largest, Backlog(0, unit_s)) == idle


@pytest.mark.parametrize(
    ("units", "backlog", "size"),
    [
        (1024, Backlog(0, FAST_S), 3),
        (1024, Backlog(1_000, FAST_S), 6),  # 2,024 units for 100 workers, four chunks each
        (1024, Backlog(5_000, FAST_S), 16),
        (1024, Backlog(50_000, FAST_S), 32),
        (1024, Backlog(50_000, 0.01), 25),  # longer chunks would save nothing
        (1024, Backlog(50_000, SLOW_S), 3),
        (1024, Backlog(50_000, None), 3),  # how slow its programs are is not known
        (16, Backlog(0, FAST_S), 1),
        (16, Backlog(100, FAST_S), 1),
        (16, Backlog(5_000, FAST_S), 13),
    ],
)
def test_chunks_for_a_hundred_workers_grow_with_what_waits_unless_programs_are_slow(units, backlog, size):
    assert chunk_size(units, 100, 32, backlog) == size


def test_chunks_depend_on_the_backlog_only_if_a_suite_is_cut():
    one_each = units_of([(suite, "a") for suite in range(5)], suites=5)
    many = units_of([(0, str(n)) for n in range(8)])
    assert not depends_on_backlog([], 2, 32)
    assert not depends_on_backlog(one_each, 2, 32)
    assert not depends_on_backlog(many, 1, 32)
    assert depends_on_backlog(many, 2, 32)
    assert not depends_on_backlog(many, 2, 1)


@pytest.mark.parametrize(("mode", "count"), [("ignore", 0), ("report", 14), ("exclude", 14)])
def test_null_programs_count_in_limits(mode, count):
    checker = "def check(input, output, expected): return input == output"
    suites = [Suite(id=name, io=[IoTest(stdin="1", stdout=None)], checker=checker) for name in "ab"]
    request = ExecutionRequest(suites=suites, candidates=[Candidate(suite="a", program="")], weak_tests=mode)
    assert count_null_programs(request) == count
    assert count >= sum(len(kind_of(suite).null_programs(suite)) for suite in suites) * bool(count)

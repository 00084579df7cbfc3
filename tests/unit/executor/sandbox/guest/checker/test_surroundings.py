"""What the program printed and wrote reaches the running test, and nothing after it."""

import builtins
import io
import sys

import pytest

from services.executor.sandbox.guest.checker.surroundings import Surroundings, scratch
from services.executor.sandbox.guest.wire.codec import WireError
from tests.unit.executor.sandbox.guest.refs import NO_REFS

FILE = ["made", 420, 5, "eA=="]


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    for name in ("stdin", "stdout", "stderr"):  # pytest has its own in their place
        monkeypatch.setattr(sys, name, getattr(sys, f"__{name}__"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scratch, "root", str(tmp_path))
    made = Surroundings(NO_REFS)
    made.start_test()
    return made


def test_output_is_written_to_the_stream_that_the_test_put_in_place(surroundings):
    sys.stdout = captured = io.StringIO()
    assert surroundings.line()[1][0] == 1
    surroundings.receive([["a\n", "b"], [], [], []])
    assert captured.getvalue() == "a\nb"
    surroundings.end_test()
    assert sys.stdout is sys.__stdout__


def test_a_replaced_builtin_is_put_back(surroundings):
    builtins.print = int  # ``int`` crosses by value
    assert surroundings.line()[2] == {"print": {"B": "int"}}
    surroundings.end_test()
    assert builtins.print is not int


def test_a_changed_file_of_the_test_marks_its_pass(surroundings, tmp_path):
    surroundings.receive([[], [], [FILE], []])
    assert (tmp_path / "made").read_text() == "x"
    assert not surroundings.has_changed_files
    (tmp_path / "made").write_text("mine")
    surroundings.line()
    surroundings.receive([[], [], [FILE], []])
    assert surroundings.has_changed_files


def test_a_failing_test_names_what_did_not_cross_without_control_characters(surroundings):
    surroundings.receive([[], [], [], ["large\x1b[2J.bin"]])
    message = surroundings.explain("wrong_answer", "FileNotFoundError")
    assert "large\\x1b[2J.bin" in message
    assert message.isprintable()
    assert surroundings.explain("passed", "") == ""


def test_closing_leaves_nothing(surroundings, tmp_path):
    surroundings.receive([[], [], [FILE], []])
    surroundings.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "body", [None, [], [[], [], []], [[5], [], [], []], [[], "x", [], []], [[], [], None, []]]
)
def test_what_is_malformed_is_refused(surroundings, body):
    with pytest.raises((WireError, TypeError, ValueError)):
        surroundings.receive(body)

"""Suites of a request: which tests are invalid, and what of the suite is run."""

from clients.contract import IoTest, Suite
from services.executor.requests.suites import check_suite, count_chars


def test_only_the_tests_that_compile_are_run():
    checked = check_suite(Suite(id="s", asserts=["assert a", "assert (", "assert b"], weights=[1, 2, 3]))
    assert list(checked.invalid) == [1]
    assert checked.runnable.asserts == ["assert a", "assert b"]
    assert checked.info().invalid_tests == [1]
    assert len(checked.info().test_hashes) == 3


def test_a_setup_that_does_not_compile_takes_every_test_with_it():
    assert set(check_suite(Suite(id="s", asserts=["1", "2"], setup="import")).invalid) == {0, 1}


def test_printed_tests_need_no_compiling():
    assert not check_suite(Suite(id="s", io=[IoTest(stdin="(", stdout=")")])).invalid


def test_a_test_without_a_statement_is_invalid():
    checked = check_suite(Suite(id="s", asserts=["assert a", "", "# later"]))
    assert list(checked.invalid) == [1, 2]
    assert checked.runnable.asserts == ["assert a"]
    assert check_suite(Suite(id="s", check="x = 1", entry_point="f")).invalid


def test_the_size_of_a_suite_is_that_of_all_its_texts():
    assert count_chars(Suite(id="s", setup="12", asserts=["345", "6"])) == 6
    assert count_chars(Suite(id="s", setup="12", check="345", entry_point="f")) == 5
    runs = [IoTest(stdin="1", stdout="23", files={"name": "YQ=="}), IoTest(stdin="4", stdout=None)]
    assert count_chars(Suite(id="s", setup="12", io=runs)) == 10

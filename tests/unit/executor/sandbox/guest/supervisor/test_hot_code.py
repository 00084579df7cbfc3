"""Code that a warm-up runs is noted thread by thread, and copied without any other change."""

import types
from threading import Thread

from services.executor.sandbox.guest.supervisor import hot_code


def often(numbers, *, scale=2):
    def inner(number):
        return [part * scale for part in (number, number)]

    return [sum(inner(number)) for number in numbers]


def never():
    return 1


def test_called_code_is_noted_by_thread_the_smallest_first():
    with hot_code.recorded() as codes:
        thread = Thread(target=never)
        thread.start()
        thread.join()
        often([1])
    names = [code.co_name for code in hot_code.in_order(codes)]
    assert names.index("never") < names.index("often") < names.index("inner")
    never()
    assert [code.co_name for code in hot_code.in_order(codes)] == names


def test_a_moved_function_has_a_copy_of_its_code_and_of_the_code_inside_it():
    before = often.__code__
    assert hot_code.move([before, before]) == 1
    after = often.__code__
    assert after is not before
    assert after == before
    inner = [[part for part in code.co_consts if type(part) is types.CodeType] for code in (before, after)]
    assert inner[0]
    assert all(old is not new and old == new for old, new in zip(*inner, strict=True))
    assert often([1, 2], scale=3) == [6, 12]


def test_the_code_of_a_module_is_that_of_its_functions():
    codes = hot_code.codes_of(hot_code)
    assert hot_code.move.__code__ in codes
    assert never.__code__ not in codes

"""Code that a warm-up runs is noted thread by thread, and copied without any other change."""

import subprocess
import sys
import types
from pathlib import Path
from threading import Thread

import services.executor.sandbox.guest as guest
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
    inner = [[part for part in code.co_consts if type(part) is types.CodeType] for code in (before, after)]
    assert inner[0]
    for old, new in [(before, after), *zip(*inner, strict=True)]:
        assert old is not new
        assert new.co_code.startswith(old.co_code)
        assert sys.getsizeof(new) > 512  # else objects of each size lie apart
        assert (old.co_name, old.co_exceptiontable) == (new.co_name, new.co_exceptiontable)
    assert often([1, 2], scale=3) == [6, 12]


_SCRIPT = """
import sys, traceback
sys.path.insert(0, sys.argv[1])
from guest.supervisor import hot_code
from guest.wire import channel, codec
from guest.candidate import program_host
names = [(codec, "loads"), (program_host.codec, "loads"), (channel.LineReader, "read")]
before = [getattr(*name) for name in names]
hot_code.move([codec.loads.__code__, channel.LineReader.read.__code__])
after = [getattr(*name) for name in names]
assert all(old is not new and old.__code__ is new.__code__ for old, new in zip(before, after))
assert after[0] is after[1]
assert [f.__qualname__ for f in after] == ["loads", "loads", "LineReader.read"]
assert after[0].__doc__ == before[0].__doc__ and after[0].__annotations__ == before[0].__annotations__
assert codec.loads(b"[1]") == [1]
try:
    codec.loads(b"[1")
except ValueError as error:
    print(traceback.extract_tb(error.__traceback__)[-1].line)
"""


def test_functions_of_the_guest_are_replaced_wherever_it_has_them():
    root = str(Path(guest.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-c", _SCRIPT, root]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "ValueError" in done.stdout or "_scan" in done.stdout  # the line that raised is still known


def test_the_code_of_a_module_is_that_of_its_functions():
    codes = hot_code.codes_of(hot_code)
    assert hot_code.move.__code__ in codes
    assert never.__code__ not in codes

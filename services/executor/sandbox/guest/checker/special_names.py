"""Decides which attributes with a leading underscore are read from the program's object. Pure.

Library code looks for special attributes on whatever it is given, and passes what it has to the methods that it finds
there. An object of the program's would receive the test's values that way, and could answer in their place. Such names
are therefore served by a closed list: descriptions, which receive nothing; and names that the running test's own code
spells. Special methods that have a syntax (operators, iteration, ``with``) are served by the class of the proxy.
"""

import sys
from types import CodeType

TEST_MODULE = "tests"
"""``__name__`` of the namespace tests run in: classes they define carry it."""
_DESCRIPTIONS = frozenset(
    """
    __name__ __qualname__ __doc__ __dict__ __module__ __annotations__ __defaults__ __kwdefaults__ __wrapped__
    __code__ __closure__ __func__ __self__ __signature__ __text_signature__ __type_params__ __isabstractmethod__
    __bases__ __base__ __mro__ __slots__ __match_args__ __abstractmethods__ __members__ __subclasses__
    __orig_bases__ __parameters__ __origin__ __args__ __metadata__ __supertype__ __bound__ __constraints__
    __dataclass_fields__ __dataclass_params__ __total__ __required_keys__ __optional_keys__ __flags__
    __cause__ __context__ __suppress_context__ __traceback__ __notes__
    __file__ __all__ __version__ __author__ __path__ __spec__ __package__ __weakref__ __objclass__ __class_getitem__
    """.split()
)
"""Special attributes that describe an object. Nothing of the test's is passed to them."""
_HOOKS = ("__array", "__cuda_array", "__dlpack", "__buffer", "__arrow_c", "__dataframe", "__numpy")
"""Beginnings of the names by which numeric libraries pass values, or look for an address to read in this process's
memory. Never served.
"""
_OUR_PACKAGE = __name__.rpartition(".")[0]


def is_served(name: str) -> bool:
    """Whether an attribute whose name begins with an underscore may be read from the program's object now."""
    if name in _DESCRIPTIONS:
        return True
    if name.startswith(_HOOKS):
        return False
    is_special = name.startswith("__") and name.endswith("__")
    return (not is_special and _is_read_by_test()) or test_mentions(name)


def test_mentions(name: str) -> bool:
    """Whether the running test's own code mentions a name, such as an exception it expects."""
    frame = sys._getframe()  # noqa: SLF001
    while frame is not None:
        if frame.f_globals.get("__name__") == TEST_MODULE and _spells(frame.f_code, name):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _spells(code: CodeType, name: str) -> bool:
    return name in code.co_names or any(type(const) is str and name == const for const in code.co_consts)


def _is_read_by_test() -> bool:
    """Whether the code that reads the attribute is the test's own, or C code that the test called."""
    frame = sys._getframe()  # noqa: SLF001
    while frame is not None and frame.f_globals.get("__package__") == _OUR_PACKAGE:
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None and frame.f_globals.get("__name__") == TEST_MODULE

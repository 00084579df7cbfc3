"""Carries what exceptions of the language keep beside their arguments: the file of an ``OSError``, a missing name.

``open("x")`` raises an ``OSError`` with two arguments, and ``str`` of it shows ``filename``, which is none of them.
These members are no attributes of the object's own, so a copy of ``__dict__`` does not have them.
"""

from typing import Any

_MEMBERS: tuple[tuple[type[BaseException], tuple[str, ...]], ...] = (
    (OSError, ("errno", "strerror", "filename", "filename2")),
    (ImportError, ("name", "path")),
    (NameError, ("name",)),
    (AttributeError, ("name",)),  # and not ``obj``, which may be anything
)
_MAX_CHARS = 1 << 12
"""As long as a path may be."""


def members_of(error: BaseException) -> dict[str, int | str]:
    """Return the members of an exception that are set, without long texts."""
    found = {}
    for cls, names in _MEMBERS:
        if isinstance(error, cls):
            for name in names:
                value = vars(cls)[name].__get__(error)  # not ``getattr``, which a subclass may override
                if type(value) is int or (type(value) is str and len(value) <= _MAX_CHARS):
                    found[name] = value
    return found


def set_members(error: BaseException, members: Any) -> None:
    """Set members that the program's process describes; all others, and what it makes up, are left out."""
    for cls, names in _MEMBERS:
        if isinstance(error, cls) and type(members) is dict:
            for name in members.keys() & set(names):
                if type(members[name]) in (int, str):
                    vars(cls)[name].__set__(error, members[name])

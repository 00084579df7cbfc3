"""Lists what a task returns of its elements: one value, a list, a text or counts. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from loop.world.operations import Kind


class EndClass(StrEnum):
    """What kind of value is returned."""

    VALUE = "value"
    LIST = "list"
    TEXT = "text"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class End:
    """The last step of a task."""

    name: str
    end_class: EndClass
    takes: tuple[Kind, ...]
    words: str
    """What follows "Return"; ``{k}`` is the constant."""
    code: str
    """An expression of ``ys``."""
    returns: str
    """Type hint; ``{kind}`` is the type of an element."""
    constants: tuple[int, ...] = ()
    slips: tuple[str, ...] = ()
    """Ends that are written instead by mistake; the first is the usual one."""
    natural_default: str = ""
    """What the code returns for no element without a case for it; empty: it raises, and a case is needed."""


_I, _S = Kind.INT, Kind.STR
_V, _L, _T, _C = EndClass.VALUE, EndClass.LIST, EndClass.TEXT, EndClass.COUNTS
_BOTH = (_I, _S)

_ALL = (
    End("sum", _V, (_I,), "their sum", "sum(ys)", "int", slips=("count", "maximum"), natural_default="0"),
    End("count", _V, _BOTH, "how many there are", "len(ys)", "int", slips=("sum", "as_list"), natural_default="0"),
    End("maximum", _V, (_I,), "the largest", "max(ys)", "int", slips=("minimum", "last")),
    End("minimum", _V, (_I,), "the smallest", "min(ys)", "int", slips=("maximum", "first")),
    End("first", _V, (_I,), "the first", "ys[0]", "int", slips=("last", "minimum")),
    End("last", _V, (_I,), "the last", "ys[-1]", "int", slips=("first", "maximum")),
    End("spread", _V, (_I,), "the largest minus the smallest", "max(ys) - min(ys)", "int", slips=("maximum",)),
    End("as_list", _L, _BOTH, "them as a list", "ys", "list[{kind}]", slips=("ascending", "count")),
    End(
        "ascending", _L, _BOTH, "them in ascending order", "sorted(ys)", "list[{kind}]",
        slips=("as_list", "descending"),
    ),
    End(
        "descending", _L, _BOTH, "them in descending order", "sorted(ys)[::-1]", "list[{kind}]",
        slips=("reverse", "ascending"),
    ),
    End("reverse", _L, _BOTH, "them from last to first", "ys[::-1]", "list[{kind}]", slips=("descending", "as_list")),
    End(
        "distinct", _L, _BOTH, "the different ones in ascending order", "sorted(set(ys))", "list[{kind}]",
        slips=("ascending",),
    ),
    End(
        "head", _L, _BOTH, "the first {k} of them, or all if there are fewer", "ys[:{k}]", "list[{kind}]", (2, 3, 4),
        slips=("tail", "as_list"),
    ),
    End(
        "tail", _L, _BOTH, "the last {k} of them, or all if there are fewer", "ys[-{k}:]", "list[{kind}]", (2, 3, 4),
        slips=("head", "beyond"),
    ),
    End("beyond", _L, _BOTH, "them without the first {k}", "ys[{k}:]", "list[{kind}]", (2, 3, 4), slips=("head",)),
    End("joined", _T, (_S,), "them joined with '-'", "'-'.join(ys)", "str", slips=("spaced", "as_list")),
    End("spaced", _T, (_S,), "them joined with ' '", "' '.join(ys)", "str", slips=("glued", "joined")),
    End("glued", _T, (_S,), "them joined with ''", "''.join(ys)", "str", slips=("spaced",)),
    End(
        "counts", _C, _BOTH, "how often each occurs, as a dict", "{y: ys.count(y) for y in ys}", "dict[{kind}, int]",
        slips=("indices", "count"),
    ),
    End(
        "indices", _C, _BOTH, "a dict of where each occurs first", "{y: ys.index(y) for y in ys}", "dict[{kind}, int]",
        slips=("counts",),
    ),
)  # fmt: skip

ENDS: dict[str, End] = {end.name: end for end in _ALL}
"""Name → end."""

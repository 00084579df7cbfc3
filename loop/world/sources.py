"""Lists where the elements of a task come from: the parameters of its function, and how elements are taken. Pure."""

from dataclasses import dataclass

from loop.world.operations import Kind


@dataclass(frozen=True, slots=True)
class Source:
    """Parameters of a function, and the elements that it works on."""

    name: str
    parameters: str
    """With type hints, as in the signature of the question."""
    arguments: str
    """Names of the parameters, as in the signature of programs."""
    words: str
    """What follows "Take" in a question; ``{k}`` is the constant."""
    code: str
    """An expression over which a program iterates."""
    gives: Kind
    constants: tuple[int, ...] = ()
    slips: tuple[str, ...] = ()
    """Code that is written instead by mistake; the first is the usual one."""


_I, _S = Kind.INT, Kind.STR
_PAIRS = "a: list[int], b: list[int]"

_ALL = (
    Source("numbers", "xs: list[int]", "xs", "the numbers of xs", "xs", _I),
    Source("digits", "n: int", "n", "the digits of n", "map(int, str(n))", _I),
    Source(
        "range", "n: int", "n", "the numbers from 1 to n", "range(1, n + 1)", _I, (), ("range(1, n)", "range(n)")
    ),
    Source(
        "sums", _PAIRS, "a, b", "the sums of pairs of a and b", "[p + q for p, q in zip(a, b)]", _I, (),
        ("[p * q for p, q in zip(a, b)]", "a + b"),
    ),
    Source(
        "products", _PAIRS, "a, b", "the products of pairs of a and b", "[p * q for p, q in zip(a, b)]", _I, (),
        ("[p + q for p, q in zip(a, b)]",),
    ),
    Source(
        "differences", _PAIRS, "a, b", "the differences a minus b of pairs of a and b",
        "[p - q for p, q in zip(a, b)]", _I, (),
        ("[q - p for p, q in zip(a, b)]", "[p + q for p, q in zip(a, b)]"),
    ),
    Source(
        "rises", "xs: list[int]", "xs", "the differences of neighbours in xs, later minus earlier",
        "[q - p for p, q in zip(xs, xs[1:])]", _I, (),
        ("[p - q for p, q in zip(xs, xs[1:])]", "[q - p for p, q in zip(xs, xs)]"),
    ),
    Source(
        "every", "xs: list[int]", "xs", "every number of xs whose position, from 0, is a multiple of {k}",
        "xs[::{k}]", _I, (2, 3), ("xs[1::{k}]", "xs[{k}:]"),
    ),
    Source("values", "d: dict[str, int]", "d", "the values of d", "d.values()", _I, (), ("d",)),
    Source("words", "s: str", "s", "the words of s", "s.split()", _S, (), ("s",)),
    Source("strings", "ws: list[str]", "ws", "the strings of ws, none of them empty", "ws", _S),
)  # fmt: skip

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}
"""Name → source."""

"""Lists the operations on one element: filters keep or drop it, maps change it. Pure.

Every operation is one row of a table: its words in a question, its code in a program, and the operations that careless
authors write instead of it. Words and code use ``{k}`` for a constant; code uses ``{y}`` for the element.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an operation does with an element."""

    FILTER = "keep"
    MAP = "change"


class Kind(StrEnum):
    """The type of an element."""

    INT = "int"
    STR = "str"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on one element."""

    name: str
    role: Role
    takes: Kind
    words: str
    """A filter: what follows "that are". A map: an imperative; ``{it}`` is "each" or "it"."""
    code: str
    """An expression of ``{y}``."""
    constants: tuple[int | str, ...] = ()
    """Values of ``{k}``; empty: the operation has no constant."""
    slips: tuple[str, ...] = ()
    """Operations that are written instead by mistake; the first is the usual one."""
    gives: Kind = Kind.INT
    """The type of a map's result. A filter does not change the element."""


SMALL = tuple(range(1, 10))
FACTORS = (2, 3, 4, 5)
ABOVE_TWO = (3, 4, 5)
"""Without 2, where the same program has other words: "even", "double"."""
LETTERS = ("a", "e", "n", "o", "r", "s", "t")

_F, _M, _I, _S = Role.FILTER, Role.MAP, Kind.INT, Kind.STR

_ALL = (
    Operation("above", _F, _I, "greater than {k}", "{y} > {k}", SMALL, ("at_least", "below")),
    Operation("at_least", _F, _I, "at least {k}", "{y} >= {k}", SMALL, ("above", "at_most")),
    Operation("below", _F, _I, "less than {k}", "{y} < {k}", SMALL, ("at_most", "above")),
    Operation("at_most", _F, _I, "at most {k}", "{y} <= {k}", SMALL, ("below", "at_least")),
    Operation("even", _F, _I, "even", "{y} % 2 == 0", (), ("odd",)),
    Operation("odd", _F, _I, "odd", "{y} % 2 == 1", (), ("even",)),
    Operation("divisible", _F, _I, "divisible by {k}", "{y} % {k} == 0", ABOVE_TWO, ("indivisible",)),
    Operation("indivisible", _F, _I, "not divisible by {k}", "{y} % {k} != 0", ABOVE_TWO, ("divisible",)),
    Operation("other_than", _F, _I, "not equal to {k}", "{y} != {k}", SMALL, ("equal",)),
    Operation("equal", _F, _I, "equal to {k}", "{y} == {k}", SMALL, ("other_than",)),
    Operation("plus", _M, _I, "add {k} to {it}", "{y} + {k}", SMALL, ("minus", "times")),
    Operation("minus", _M, _I, "subtract {k} from {it}", "{y} - {k}", SMALL, ("taken_from", "plus")),
    Operation("taken_from", _M, _I, "subtract {it} from {k}", "{k} - {y}", SMALL, ("minus",)),
    Operation("times", _M, _I, "multiply {it} by {k}", "{y} * {k}", ABOVE_TWO, ("plus", "power")),
    Operation("power", _M, _I, "square {it}", "{y} ** 2", (), ("double",)),
    Operation("double", _M, _I, "double {it}", "{y} * 2", (), ("power",)),
    Operation("remainder", _M, _I, "take the remainder of {it} by {k}", "{y} % {k}", FACTORS, ("quotient",)),
    Operation("quotient", _M, _I, "divide {it} by {k}, rounded down", "{y} // {k}", FACTORS, ("remainder",)),
    Operation("longer", _F, _S, "longer than {k}", "len({y}) > {k}", FACTORS, ("as_long", "shorter")),
    Operation("as_long", _F, _S, "at least {k} long", "len({y}) >= {k}", FACTORS, ("longer",)),
    Operation("shorter", _F, _S, "shorter than {k}", "len({y}) < {k}", FACTORS, ("longer",)),
    Operation("starting", _F, _S, "starting with {k}", "{y}[0] == {k}", LETTERS, ("containing", "ending")),
    Operation("ending", _F, _S, "ending in {k}", "{y}[-1] == {k}", LETTERS, ("starting", "containing")),
    Operation("containing", _F, _S, "containing {k}", "{k} in {y}", LETTERS, ("starting", "lacking")),
    Operation("lacking", _F, _S, "not containing {k}", "{k} not in {y}", LETTERS, ("containing",)),
    Operation("upper", _M, _S, "change {it} to upper case", "{y}.upper()", (), ("lower", "title"), _S),
    Operation("lower", _M, _S, "change {it} to lower case", "{y}.lower()", (), ("upper",), _S),
    Operation("title", _M, _S, "capitalize {it}", "{y}.title()", (), ("upper",), _S),
    Operation("backward", _M, _S, "reverse {it}", "{y}[::-1]", (), (), _S),
    Operation("cut", _M, _S, "cut {it} to {k} letters", "{y}[:{k}]", FACTORS, ("drop",), _S),
    Operation("drop", _M, _S, "drop the first {k} letters of {it}", "{y}[{k}:]", FACTORS, ("cut",), _S),
    Operation("length", _M, _S, "replace {it} by its length", "len({y})"),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
"""Name → operation."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation with its constant."""

    name: str
    constant: int | str | None = None

    @property
    def operation(self) -> Operation:
        """The operation's row."""
        return OPERATIONS[self.name]

    def words(self, it: str = "each") -> str:
        """Return its words in a question."""
        shown = f"'{self.constant}'" if isinstance(self.constant, str) else self.constant
        return self.operation.words.format(k=shown, it=it)

    def code(self, element: str = "y") -> str:
        """Return its expression in a program."""
        return self.operation.code.format(k=repr(self.constant), y=element)

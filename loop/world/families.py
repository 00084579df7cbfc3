"""Lists families of tasks, and draws tasks of a family. Pure: the same random state draws the same task.

A family is a source, a sequence of filters and maps, and the class of what is returned. Families that are held out use
sources, operations and ends that occur in other families, but their sequence does not occur with their source.
"""

import hashlib
import random
from dataclasses import dataclass

from loop.world.ends import ENDS, EndClass
from loop.world.operations import OPERATIONS, Kind, Role, Step
from loop.world.pipeline import Pipeline
from loop.world.sources import SOURCES

RESERVED_PART = 5
"""One of this many shapes is reserved for held-out questions: enough for some hundreds of them."""
DEFAULTS = (-1, 0, 10)
"""Values for no element: one that is common, one that some ends return by nature, one that is neither."""


@dataclass(frozen=True, slots=True)
class Family:
    """Tasks of one shape."""

    source: str
    roles: str
    """Steps in their order: ``F`` a filter, ``M`` a map."""
    end_class: EndClass
    is_held_out: bool = False

    @property
    def name(self) -> str:
        """Name in questions and reports: ``digits, keep, change, value``."""
        steps = [str(Role.FILTER if role == "F" else Role.MAP) for role in self.roles]
        return ", ".join([self.source, *steps, self.end_class])


def _of(source: str, kinds: str, *, is_held_out: bool = False) -> list[Family]:
    ends = {"v": EndClass.VALUE, "l": EndClass.LIST, "t": EndClass.TEXT, "c": EndClass.COUNTS}
    return [Family(source, kind[:-1], ends[kind[-1]], is_held_out) for kind in kinds.split()]


FAMILIES: tuple[Family, ...] = (
    *_of("numbers", "Fv Mv FMv MFv Fl Ml FMl MFl Fc Mc FFv"),
    *_of("digits", "Fv Mv MFv Fl Ml Fc"),
    *_of("range", "Fv Mv FMv Fl Ml FMl"),
    *_of("sums", "v Fv Mv l Fl"),
    *_of("products", "v Fv l Ml"),
    *_of("differences", "v Mv Fl"),
    *_of("rises", "v Fv Mv l Fl"),
    *_of("every", "v Fv Mv Ml"),
    *_of("values", "v Fv Mv Fl"),
    *_of("words", "Fv Fl Ml Mt FMl Fc"),
    *_of("strings", "Fv Ml Ft FMt MFl"),
    *_of("digits", "FMv", is_held_out=True),
    *_of("range", "MFl", is_held_out=True),
    *_of("products", "FMv", is_held_out=True),
    *_of("rises", "FMl", is_held_out=True),
    *_of("every", "FMv", is_held_out=True),
    *_of("values", "MFv", is_held_out=True),
    *_of("words", "FMt", is_held_out=True),
    *_of("strings", "FMl", is_held_out=True),
)
"""All families."""


def draw(family: Family, chance: random.Random) -> Pipeline:
    """Return one task of a family."""
    source = SOURCES[family.source]
    steps, kind = [], source.gives
    for position, role in enumerate(family.roles):
        must_end_as = _kind_after(family, position)
        step = _step(Role.FILTER if role == "F" else Role.MAP, kind, chance, must_end_as=must_end_as)
        kind = step.operation.gives if step.operation.role is Role.MAP else kind
        steps.append(step)
    ends = [end for end in ENDS.values() if end.end_class is family.end_class and kind in end.takes]
    end = chance.choice(ends)
    return Pipeline(
        family.source,
        tuple(steps),
        end.name,
        source_constant=chance.choice(source.constants) if source.constants else None,
        end_constant=chance.choice(end.constants) if end.constants else None,
        default=_default(family, end.natural_default, chance),
    )


def is_reserved(task: Pipeline, seed: int) -> bool:
    """Return whether the shape of a task is reserved for held-out questions."""
    digest = hashlib.sha256(f"{seed}/{'/'.join(task.shape)}".encode()).digest()
    return int.from_bytes(digest[:4]) % RESERVED_PART == 0


def _kind_after(family: Family, position: int) -> Kind | None:
    """Return the type that elements must have after a step; ``None``: any."""
    is_last_map = "M" not in family.roles[position + 1 :]
    return Kind.STR if family.end_class is EndClass.TEXT and is_last_map else None


def _step(role: Role, kind: Kind, chance: random.Random, *, must_end_as: Kind | None) -> Step:
    operations = [
        operation
        for operation in OPERATIONS.values()
        if operation.role is role and operation.takes is kind
        and (must_end_as is None or role is Role.FILTER or operation.gives is must_end_as)
    ]  # fmt: skip
    operation = chance.choice(operations)
    constant = chance.choice(operation.constants) if operation.constants else None
    return Step(operation.name, constant)


def _is_often_empty(family: Family) -> bool:
    """Return whether many inputs give no element. Otherwise one test of twelve would look for it, and answers without
    that case would count as good.
    """
    return "F" in family.roles or family.source not in ("numbers", "every", "values", "digits")


def _default(family: Family, natural_default: str, chance: random.Random) -> int | None:
    if family.end_class is not EndClass.VALUE or not _is_often_empty(family):
        return None
    if natural_default and chance.random() < 0.5:
        return None
    return chance.choice([default for default in DEFAULTS if str(default) != natural_default])

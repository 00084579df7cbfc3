"""Defines a task: take elements from a source, filter and change them in steps, and return something of them. Pure.

A task gives its question's text and its programs. A program that a careless author would write is the program of
another task, one that differs in one place; ``mutations`` makes those.
"""

from dataclasses import dataclass
from enum import StrEnum

from loop.world.ends import ENDS, End, EndClass
from loop.world.operations import Kind, Role, Step
from loop.world.sources import SOURCES, Source

ENTRY_POINT = "solve"
"""One name for all functions: a policy of this size should learn tasks, not names."""


class Style(StrEnum):
    """How a program is laid out."""

    STEPS = "steps"
    """One list comprehension a step."""
    LOOP = "loop"
    """One loop over the elements."""
    COMPREHENSION = "comprehension"
    """All steps in one list comprehension; possible where filters come before the map."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One task."""

    source_name: str
    steps: tuple[Step, ...]
    end_name: str
    source_constant: int | None = None
    end_constant: int | None = None
    default: int | None = None
    """What is returned if there is no element; ``None``: whatever the end returns for no element."""
    has_empty_case: bool = True
    """Whether programs look for the case of no element. False: a mistake where ``default`` is given."""
    source_slip: int | None = None
    """Position in the source's ``slips`` of the code that programs have instead; ``None``: the right code."""

    @property
    def source(self) -> Source:
        """Where the elements come from."""
        return SOURCES[self.source_name]

    @property
    def end(self) -> End:
        """What is returned."""
        return ENDS[self.end_name]

    @property
    def last_kind(self) -> Kind:
        """The type of the elements after all steps."""
        kind = self.source.gives
        for step in self.steps:
            if step.operation.role is Role.MAP:
                kind = step.operation.gives
        return kind

    @property
    def needs_element(self) -> bool:
        """Whether inputs without an element are not allowed: nothing is said of them, and the program raises."""
        is_value = self.end.end_class is EndClass.VALUE
        return is_value and self.default is None and not self.end.natural_default

    @property
    def shape(self) -> tuple[str, ...]:
        """Its building blocks without their constants."""
        return (self.source_name, *(step.name for step in self.steps), self.end_name)

    @property
    def signature(self) -> str:
        """The ``def`` line without its colon."""
        returns = self.end.returns.format(kind=self.last_kind)
        return f"def {ENTRY_POINT}({self.source.parameters}) -> {returns}"

    @property
    def text(self) -> str:
        """The question: signature and description."""
        sentences = [f"Take {self.source.words.format(k=self.source_constant)}."]
        for step in self.steps:
            is_filter = step.operation.role is Role.FILTER
            sentences.append(
                f"Keep those that are {step.words()}." if is_filter else f"{_capital(step.words())}."
            )
        returned = self.end.words.format(k=self.end_constant)
        if self.needs_element:
            sentences.append(f"Return {returned}; there is at least one.")
        elif self.default is None and not self.end.natural_default:
            sentences.append(f"Return {returned}.")
        else:
            default = self.end.natural_default if self.default is None else self.default
            sentences.append(f"Return {returned}, or {default} if there are none.")
        return f"{self.signature}\n{' '.join(sentences)}"

    @property
    def styles(self) -> list[Style]:
        """Return the layouts in which its program can be written."""
        roles = [step.operation.role for step in self.steps]
        is_one_comprehension = (
            roles == sorted(roles, key=lambda role: role is Role.MAP) and roles.count(Role.MAP) <= 1
        )
        return [Style.STEPS, Style.LOOP, *([Style.COMPREHENSION] if is_one_comprehension and roles else [])]

    def program(self, style: Style) -> str:
        """Return the program of the task."""
        lines = {
            Style.STEPS: self._in_steps,
            Style.LOOP: self._in_loop,
            Style.COMPREHENSION: self._in_comprehension,
        }
        body = [*lines[style](), f"return {self._returned()}"]
        head = f"def {ENTRY_POINT}({self.source.arguments}):"
        return "".join([f"{head}\n", *(f"    {line}\n" for line in body)])

    def _elements(self) -> str:
        code = self.source.code if self.source_slip is None else self.source.slips[self.source_slip]
        return code.format(k=self.source_constant)

    def _returned(self) -> str:
        code = self.end.code.replace("{k}", str(self.end_constant))
        if self.default is None or not self.has_empty_case:
            return code
        return f"{code} if ys else {self.default}"

    def _in_steps(self) -> list[str]:
        if not self.steps:
            return [f"ys = list({self._elements()})"]
        lines, elements = [], self._elements()
        for step in self.steps:
            is_filter = step.operation.role is Role.FILTER
            element, condition = ("y", f" if {step.code()}") if is_filter else (step.code(), "")
            lines.append(f"ys = [{element} for y in {elements}{condition}]")
            elements = "ys"
        return lines

    def _in_loop(self) -> list[str]:
        lines, indent = ["ys = []", f"for y in {self._elements()}:"], "    "
        element = "y"
        for position, step in enumerate(self.steps):
            if step.operation.role is Role.FILTER:
                lines.append(f"{indent}if {step.code()}:")
                indent += "    "
            elif position == len(self.steps) - 1:
                element = step.code()
            else:
                lines.append(f"{indent}y = {step.code()}")
        return [*lines, f"{indent}ys.append({element})"]

    def _in_comprehension(self) -> list[str]:
        roles = {step.operation.role: step for step in self.steps}
        element = roles[Role.MAP].code() if Role.MAP in roles else "y"
        kept = " and ".join(step.code() for step in self.steps if step.operation.role is Role.FILTER)
        return [f"ys = [{element} for y in {self._elements()}{f' if {kept}' if kept else ''}]"]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Extracts the program from a completion, in time linear in the completion's length.

Tries in this order: the whole text as a program; fenced blocks (one, or several that use each other); code
between lines of prose. Each is checked by parsing. No text is cut at a keyword: an ``assert`` in a program is
ordinary code.

Decides what a model meant as its answer. Does not decide whether the answer is right. Repairs nothing
but a cut-off end: code that does not compile is returned unchanged and fails as a syntax error.
"""

import ast
import re
import textwrap

from clients.completions.fences import Fence, find_fences, first_fence_is_bare
from clients.completions.marks import first_mark
from clients.completions.parsing import BudgetedParser
from clients.completions.pieces import ExpectedProgram, Piece, choose, is_substantial
from clients.contract import Extraction, ExtractionMethod

MAX_PIECES = 32
"""Most blocks that are read: the first half and the last half of this many. No model answers in more."""

_SPECIAL = (
    r"<\|(?:im_end|im_start|endoftext|eot_id|eot|end_of_text|end_of_turn|end|eom_id|return|begin_of_text|assistant|user)\|>"
    r"|</?s>|<(?:end|start)_of_turn>|<\uff5c(?:end|begin)\u2581of\u2581sentence\uff5c>"
)
# An end-of-turn mark is followed by the end of its line or by another mark; in a string of a program, by a quote.
_END_OF_TURN = re.compile(
    r"(?:<\|(?:im_end|endoftext|eot_id|eot|end_of_text|end_of_turn|end|eom_id|return)\|>|</s>|<end_of_turn>|<\uff5cend\u2581of\u2581sentence\uff5c>)"
    rf"(?=\s*(?:$|\n|{_SPECIAL}))"
)
_START_OF_TURN = re.compile(rf"\s*(?:(?:{_SPECIAL})(?:assistant|model)?\s*)+")
_THINK_OPEN, _THINK_CLOSE = "<think>", re.compile(r"</think>")
_ANSWER_OPEN, _ANSWER_CLOSE = re.compile(r"\s*<answer>[ \t]*\n?"), re.compile(r"</answer>")
# What is left of an opening fence that was part of the prompt.
_LEFTOVER_TAG = re.compile(r"\s*(?:python3?|py3?|markdown)[ \t]*(?:\n|$)", re.IGNORECASE)
_CODE_START = re.compile(
    r"(?:from\s+[\w.]+\s+import\b|import\s+\w|(?:async\s+)?def\s+\w|class\s+\w|@\w|for\s.+:|while\s.+:|if\s.+:|"
    r"with\s.+:|try:|print\(|#!|[A-Za-z_][\w.,\[\] ]*[-+*/]?=[^=])"
)
_DEFINITION = re.compile(r"(?:async\s+)?def\s|class\s")


def extract(completion: str, entry_point: str | None = None, *, script: bool | None = None) -> Extraction:
    """Find the program in a model's output.

    ``entry_point`` names the function or class that the tests call; it decides which of several blocks is
    the answer. ``script`` says whether the program will be run and read stdin: then a block that only
    calls the solution on its input is part of the answer. Default: true if no entry point is given.
    Never raises; where nothing looks like code the program is empty and the method is ``none``.
    """
    parser = BudgetedParser()
    script = not entry_point if script is None else script
    name = re.match(r"\w+", entry_point or "")
    expected = ExpectedProgram(name[0] if name else None, script)
    text = completion.removeprefix("\ufeff").replace("\r\n", "\n")
    if extraction := _whole(text, parser):
        return extraction
    text, notes = _strip_chat(text, parser)
    leftover = _LEFTOVER_TAG.match(text)
    if leftover:
        text = text[leftover.end() :]
    if (leftover or notes) and (extraction := _whole(text, parser, notes)):
        return extraction
    if _starts_inside_fence(text, parser, certain=bool(leftover)):
        text = f"```python\n{text}"
    fences = find_fences(text)
    if fences and (extraction := _from_fences(fences, expected, parser, notes)):
        return extraction
    return _from_prose(text, expected, parser, notes, len(fences))


def _whole(text: str, parser: BudgetedParser, notes: tuple[str, ...] = ()) -> Extraction | None:
    if _LEFTOVER_TAG.match(text):
        return None
    tree = parser.parse(text)
    if not isinstance(tree, ast.Module) or not is_substantial(tree):
        return None
    return _extraction(ExtractionMethod.AS_IS, text, 0, notes)


def _strip_chat(text: str, parser: BudgetedParser) -> tuple[str, tuple[str, ...]]:
    """Remove the thinking part and the marks of chat templates, unless a program holds them; return notes about it."""
    notes = []
    if start := _START_OF_TURN.match(text):
        text = text[start.end() :]
    thinks = text.lstrip().startswith(_THINK_OPEN)
    close = first_mark(_THINK_CLOSE, text, parser)
    if close and (thinks or _THINK_OPEN not in text[: close.start()]):
        text = text[close.end() :]
        notes.append("thinking left out")
    elif thinks:
        text = ""
        notes.append("the thinking was cut off before an answer began")
    if end := first_mark(_END_OF_TURN, text, parser):
        text = text[: end.start()]
    if answer := _ANSWER_OPEN.match(text):
        text = text[answer.end() :]
        if end := first_mark(_ANSWER_CLOSE, text, parser):
            text = text[: end.start()]
        notes.append("the tags around the answer left out")
    return text, tuple(notes)


def _starts_inside_fence(text: str, parser: BudgetedParser, *, certain: bool) -> bool:
    """Whether the prompt ended with an opening fence, so that the first fence in the text is its end."""
    before, bare = first_fence_is_bare(text)
    if not bare or not before.strip():
        return False
    if certain:
        return True
    tree = parser.parse(before)
    return isinstance(tree, ast.Module) and is_substantial(tree)


def _from_fences(
    fences: list[Fence], expected: ExpectedProgram, parser: BudgetedParser, notes: tuple[str, ...]
) -> Extraction | None:
    usable = [fence for fence in fences if fence.may_be_python and fence.code.strip()]
    if len(usable) > MAX_PIECES:
        usable = [*usable[: MAX_PIECES // 2], *usable[-MAX_PIECES // 2 :]]
    pieces = [piece for fence in usable if (piece := _piece(fence, parser))]
    if not pieces:
        return None
    program, used = choose(pieces, expected)
    left_out = len(fences) - len(used)
    if left_out:
        notes = (*notes, f"{left_out} of {len(fences)} blocks left out")
    return _extraction(ExtractionMethod.FENCE, program, len(fences), notes)


def _piece(fence: Fence, parser: BudgetedParser) -> Piece | None:
    code = fence.code
    if code.lstrip("\n")[:1] in (" ", "\t"):
        code = textwrap.dedent(code)
    parsed = parser.parse(code)
    if isinstance(parsed, ast.Module):
        # Without a tag, a block of output or prose may happen to parse.
        keep = fence.is_python or is_substantial(parsed)
        return Piece.of(code, parsed, tagged=fence.is_python) if keep else None
    if isinstance(parsed, SyntaxError) and not fence.closed and (salvaged := parser.salvage(code)):
        piece = Piece.of(*salvaged, tagged=fence.is_python)
        if piece.has_definition:
            return piece
    looks_like_code = fence.is_python or any(_CODE_START.match(line) for line in code.split("\n", 50)[:50])
    return Piece.of(code, None, tagged=fence.is_python) if looks_like_code else None


def _from_prose(
    text: str, expected: ExpectedProgram, parser: BudgetedParser, notes: tuple[str, ...], fences: int
) -> Extraction:
    lines = [line for line in text.split("\n") if not line.lstrip().startswith(("```", "~~~"))]
    starts = [at for at, line in enumerate(lines) if _CODE_START.match(line)]
    if not any(_DEFINITION.match(lines[at]) for at in starts):
        lines = _indented_code(lines) or lines
        starts = [at for at, line in enumerate(lines) if _CODE_START.match(line)]
    if not starts:
        return _extraction(ExtractionMethod.NONE, "", fences, (*notes, "no code was found"))
    pieces = _runs_of_code(lines, starts, parser)
    has_definition = any(_DEFINITION.match(lines[at]) for at in starts)
    kept = [piece for piece in pieces if piece.has_definition] if has_definition else pieces
    name = expected.entry_point
    has_entry_point = not name or any(piece.defines_entry(name) for piece in kept)
    if not kept or (has_definition and not has_entry_point):
        # Code that does not compile is judged unchanged.
        rest = "\n".join(lines[starts[0] :])
        return _extraction(
            ExtractionMethod.PROSE_STRIPPED, rest, fences, (*notes, "the code found does not compile")
        )
    program, _ = choose(pieces, expected)
    return _extraction(ExtractionMethod.PROSE_STRIPPED, program, fences, (*notes, "prose left out"))


def _indented_code(lines: list[str]) -> list[str] | None:
    """Return the lines that are indented like the first indented definition, without that indentation."""
    first = next((line for line in lines if _DEFINITION.match(line.lstrip())), None)
    if first is None:
        return None
    indent = first[: len(first) - len(first.lstrip())]
    return [line.removeprefix(indent) for line in lines if line.startswith(indent) or not line.strip()]


def _runs_of_code(lines: list[str], starts: list[int], parser: BudgetedParser) -> list[Piece]:
    """Return maximal runs of lines that compile, each beginning at one of ``starts``."""
    pieces: list[Piece] = []
    after = 0  # lines before this one are in a piece already
    for start in starts:
        if start < after:
            continue
        code = "\n".join(lines[start:])
        parsed = parser.parse(code)
        if parsed is None:
            break
        if isinstance(parsed, SyntaxError):
            salvaged = parser.salvage(_until(code, parsed))
            if salvaged is None:
                continue
            code, parsed = salvaged
        after = start + code.count("\n") + 1
        if is_substantial(parsed):
            pieces.append(Piece.of(code, parsed))
        if len(pieces) >= MAX_PIECES:
            break
    return pieces


def _until(code: str, error: SyntaxError) -> str:
    lines = code.split("\n")
    return "\n".join(lines[: max(0, (error.lineno or 1) - 1)]).rstrip()


def _extraction(
    method: ExtractionMethod, program: str, fences: int, notes: tuple[str, ...] = ()
) -> Extraction:
    return Extraction(method=method, program=program, fences=fences, note="; ".join(notes))

"""Reduces seeds, questions and benchmark problems to what they are compared by: words, code, names, tests. Pure."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clients.completions.parsing import parse_quietly
from clients.contract.synthesis import Seed, SynthRow
from services.synth.checks.comparisons import UNREADABLE, NotOneAssertError, parse_test

_WORD = re.compile(r"[a-z]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BOILERPLATE = re.compile(
    r"^\W*(?:please\s+)?(?:write|create|implement|develop|design|complete|define|given|your task is to)\b"
    r"(?:\s+(?:write|create|implement|a|an|the|python|following|function|method|program|code|script))*"
    r"(?:\s+\w*_\w+)?(?:\s+(?:to|that|which|for))?\b",
    re.IGNORECASE,
)
"""How nearly every exercise begins: words that two problems may share without being related."""
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|\"[^\"\n]*\"|'[^'\n]*'|[^\w\s]")
_SECTIONS = re.compile(
    r"^[^\S\n]*(?:>>>|Examples?\b\s*:?\s*$|For example|Requirements\b|Note\b\s*:|Example\s*\d*\s*:|"
    r"Parameters\s*:?\s*$|Args\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the statement of a docstring ends: what follows has a common form, or is examples."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text about a function, reduced to what is compared."""

    id: str
    text: str
    """The statement in words, for people, judges and embeddings."""
    words: tuple[str, ...]
    """Words of the statement in lower case, without the usual beginning."""
    code: tuple[str, ...]
    """Tokens of the code without docstrings and comments; every name that the code binds is ``_``."""
    functions: tuple[tuple[str, tuple[str, ...]], ...]
    """Name, in lower case without underscores, and parameters of each function."""
    tests: frozenset[str]
    """Calls with their expected values: ``(1, [2]) == 3``."""


def document_of_seed(seed: Seed) -> Document:
    """Return a seed as a document: its instruction and docstrings, and its code."""
    tree = _tree(seed.program)
    statements = [seed.instruction, *(_docstrings(tree) if tree else ())]
    return _document(seed.id, "\n".join(filter(None, statements)), [tree] if tree else [], ())


def document_of_row(row: SynthRow) -> Document:
    """Return the question of a row, with its tests, as a document."""
    if row.question is None:
        return document_of_seed(row.seed)
    signature = f"{row.question.signature.rstrip(':')}: ..." if row.question.signature else ""
    tests = (test.source for test in row.tests if test.source)
    return make_document(row.id, row.question.text, [signature], [(row.question.entry_point, tests)])


def make_document(
    document_id: str, text: str, programs: Iterable[str], tests: Iterable[tuple[str, Iterable[str]]]
) -> Document:
    """Return a document of a statement, programs, and pairs of an entry point and its tests."""
    return _document(document_id, text, [tree for program in programs if (tree := _tree(program))], tests)


def _document(
    document_id: str, text: str, trees: Sequence[ast.Module], tests: Iterable[tuple[str, Iterable[str]]]
) -> Document:
    """Return the same of programs that are parsed. Their trees are changed."""
    return Document(
        id=document_id,
        text=text,
        words=tuple(words_of(text)),
        code=tuple(token for tree in trees for token in code_tokens(tree)),
        functions=tuple(function for tree in trees for function in _functions(tree)),
        tests=frozenset(
            key for name, sources in tests for source in sources if (key := test_key(source, name))
        ),
    )


def words_of(text: str) -> list[str]:
    """Return the words of a statement in lower case, without its usual beginning; names are split into words."""
    return _WORD.findall(_CAMEL.sub(" ", _BOILERPLATE.sub("", text)).lower())


def statement_of(docstring: str) -> str:
    """Return a docstring up to its examples and lists of requirements."""
    match = _SECTIONS.search(docstring)
    return docstring[: match.start()] if match and docstring[: match.start()].strip() else docstring


def normal_name(name: str) -> str:
    """Return a name as it is compared: ``has_close_elements`` and ``hasCloseElements`` are equal."""
    return name.replace("_", "").lower()


def code_tokens(tree: ast.Module) -> Iterator[str]:
    """Yield the tokens of a program; names that it binds, which a copy may change, are all ``_``."""
    bound = {name for part in ast.walk(tree) if (name := _bound_name(part))}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for token in _TOKEN.findall(ast.unparse(_Bare().visit(node))):
            yield "_" if token in bound else token.strip("\"'") if token[:1] in "\"'" else token


def _bound_name(node: ast.AST) -> str:
    """Return the name that a node binds; empty if none."""
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else ""
    return node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""


class _Bare(ast.NodeTransformer):
    """Removes docstrings and annotations, which a copy may lack."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Pass() if is_text else node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(arg=node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.body = [part for part in node.body if not isinstance(part, ast.Pass)] or [ast.Pass()]
        return node


def test_key(source: str, entry_point: str) -> str:
    """Return call and expected value of a test; empty if it is no comparison of one call with one value."""
    try:
        parsed = parse_test(source, entry_point)
    except (*UNREADABLE, NotOneAssertError):
        return ""
    if parsed.call is None or parsed.expected is None or parsed.call.keywords:
        return ""
    arguments = ", ".join(ast.unparse(argument) for argument in parsed.call.args)
    return f"({arguments}) == {ast.unparse(parsed.expected)}"


test_key.__test__ = False  # type: ignore[attr-defined]  # pytest must not collect it


def _tree(program: str) -> ast.Module | None:
    try:
        return parse_quietly(program) if program.strip() else None
    except UNREADABLE:
        return None


def _functions(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = tuple(parameter.arg for parameter in parameters if parameter.arg not in ("self", "cls"))
            yield normal_name(node.name), names


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            docstring = ast.get_docstring(node)
            if docstring:
                yield statement_of(docstring)

"""Finds the tests that use files, or replace standard streams or builtins, by the names that they use. Pure.

Their calls carry the surroundings of the test (``surroundings``); no other test pays for it. A name too many costs time
only, so the list is wide. An import alone is no use: many setups import ``os`` and never name it again.
"""

import ast
import re
from collections.abc import Iterator

from ..wire.evaluating_names import REPLACEABLE

_STREAMS = frozenset("StringIO TextIOWrapper stdin stdout stderr redirect_stdout redirect_stderr".split())
"""Those of the names below that are about streams and no files."""
_NAMES = frozenset("open os Path pathlib tempfile shutil glob StringIO TextIOWrapper".split())
"""Names that a test loads to use files or streams."""
_MEMBERS = frozenset(
    "stdin stdout stderr redirect_stdout redirect_stderr NamedTemporaryFile TemporaryDirectory TemporaryFile mkdtemp "
    "mkstemp gettempdir rmtree ZipFile "
    "read_text write_text read_bytes write_bytes read_csv read_json read_excel to_csv to_excel loadtxt genfromtxt "
    "savetxt save savez load memmap tofile fromfile listdir".split()
)
"""Functions and attributes, by whatever way they are reached."""
_OF_PATHS = frozenset("exists is_dir is_file iterdir".split())
"""Methods that a test may call on a path of the program's. They occur in classes of programs too, so a test with only
one of them does not count as a test that uses files."""
_PATCHED = re.compile(r"(?:builtins|sys|__builtin__)\.\w+")
_ANY = re.compile(rf"\b(?:{'|'.join(sorted(_NAMES | _MEMBERS | _OF_PATHS))}|builtins)\b")


def surrounding_tests(
    texts: list[str], trees: list[ast.Module | str], before_text: str, before: ast.Module
) -> frozenset[int]:
    """Return the numbers of the tests with surroundings; ``before`` is what runs before each of them."""
    if _ANY.search(before_text) and any(map(_is_use, _nodes(before))):
        return frozenset(range(len(trees)))
    return frozenset(
        t
        for t, (text, tree) in enumerate(zip(texts, trees, strict=True))
        if isinstance(tree, ast.Module) and _ANY.search(text) and any(map(_is_use, _nodes(tree)))
    )


def file_tests(
    surrounded: frozenset[int], trees: list[ast.Module | str], before: ast.Module
) -> frozenset[int]:
    """Return those of the ``surrounded`` tests that use files."""
    if any(map(_is_file_use, _nodes(before))):
        return surrounded
    return frozenset(
        t
        for t in surrounded
        if not isinstance(tree := trees[t], str) and any(map(_is_file_use, _nodes(tree)))
    )


def _is_file_use(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name not in _STREAMS and (name in _NAMES or name in _MEMBERS)


def _nodes(tree: ast.Module) -> Iterator[ast.AST]:
    return ast.walk(tree)


def _is_use(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _NAMES or node.id in _MEMBERS
    if isinstance(node, ast.Attribute):
        if node.attr in REPLACEABLE and isinstance(node.value, ast.Name) and node.value.id == "builtins":
            return True
        return node.attr in _MEMBERS or node.attr in _OF_PATHS
    return isinstance(node, ast.Constant) and type(node.value) is str and bool(_PATCHED.fullmatch(node.value))

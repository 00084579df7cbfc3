"""Removes the prints of a seed's code by its syntax tree, so that what is left still parses. Pure."""

import ast

from clients.completions.parsing import parse_quietly

_BLOCKS = ("body", "orelse", "finalbody")


def remove_prints(program: str) -> str:
    """Return a program, which parses, without its statements ``print(…)``; a block without any other gets ``pass``.

    Whole statements are removed, on one line or on several. Other lines, and their comments, stay as they were
    written, unless a print shares its line with another statement.
    """
    tree = parse_quietly(program)
    cuts = [cut for block in _blocks(tree) for cut in _cuts(block, is_module=block is tree.body)]
    if not cuts:
        return program
    lines = program.splitlines()
    for first, last, filler in sorted(cuts, reverse=True):
        lines[first - 1 : last] = [filler] if filler else []
    cleaned = "\n".join(lines) + "\n"
    silenced = ast.unparse(ast.fix_missing_locations(_Silenced().visit(tree)))
    return cleaned if _is_code(cleaned, silenced) else silenced + "\n"


def _blocks(tree: ast.Module) -> list[list[ast.stmt]]:
    """Return every list of statements of a program."""
    blocks = [getattr(node, name, None) for node in ast.walk(tree) for name in _BLOCKS]
    return [block for block in blocks if isinstance(block, list) and block]


def _cuts(block: list[ast.stmt], *, is_module: bool) -> list[tuple[int, int, str]]:
    """Return first line, last line and replacement of each print of a block."""
    prints = [node for node in block if _is_print(node)]
    is_emptied = len(prints) == len(block) and not is_module
    fillers = [" " * node.col_offset + "pass" if is_emptied and node is prints[0] else "" for node in prints]
    return [
        (node.lineno, node.end_lineno or node.lineno, filler)
        for node, filler in zip(prints, fillers, strict=True)
    ]


def _is_print(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"


def _is_code(text: str, canonical: str) -> bool:
    """Whether a text is the program with that canonical text."""
    try:
        return ast.unparse(parse_quietly(text)) == canonical
    except (SyntaxError, ValueError):
        return False


class _Silenced(ast.NodeTransformer):
    """Removes prints; a block without any other statement gets ``pass``."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in _BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list) and any(
                isinstance(part, ast.stmt) and _is_print(part) for part in block
            ):
                kept = [part for part in block if not _is_print(part)]
                setattr(node, name, kept or ([] if isinstance(node, ast.Module) else [ast.Pass()]))
        return node

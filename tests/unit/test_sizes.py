"""Files and functions stay short enough to be read in one go (CONTRIBUTING)."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 45


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(path):
    """Yields the name and the number of lines of each function of a file."""
    pending = [("", node) for node in ast.parse(path.read_text()).body]
    while pending:
        prefix, node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node.end_lineno - node.lineno + 1
        name = getattr(node, "name", None)
        inner = f"{prefix}{name}." if isinstance(name, str) else prefix
        pending += [(inner, child) for child in ast.iter_child_nodes(node)]


def test_files_are_short():
    long = {
        str(path.relative_to(ROOT))
        for path in sources("benchmarks", "clients", "examples", "loop", "services")
        if len(path.read_text().splitlines()) > MAX_FILE_LINES
    }
    assert long == set()


def test_functions_are_short():
    hostile = ROOT / "tests" / "sandbox" / "attacks"
    long = {
        f"{path.relative_to(ROOT)}:{name}"
        for path in sources("benchmarks", "clients", "examples", "loop", "services", "tests")
        if hostile not in path.parents
        for name, lines in functions(path)
        if lines > MAX_FUNCTION_LINES
    }
    assert long == set()

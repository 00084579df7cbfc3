"""Runs the code cells of a notebook in order, in one namespace, and stores what they print. Needs no Jupyter.

    acecoder up &
    python examples/run_notebook.py examples/first_hour.ipynb            # writes the outputs into the file
    python examples/run_notebook.py examples/first_hour.ipynb --check    # status 1 if they differ from those in the file

Only printed text is stored: a notebook for this script prints what it shows. A cell that raises ends the run with its traceback.
"""

import argparse
import contextlib
import io
import json
import sys
from pathlib import Path


def run_cells(notebook: dict) -> list[list[str]]:
    """Run the code cells; return the lines that each prints."""
    namespace: dict = {"__name__": "__main__"}
    printed = []
    for number, cell in enumerate(code_cells(notebook), 1):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile("".join(cell["source"]), f"<cell {number}>", "exec"), namespace)
        printed.append(output.getvalue().splitlines(keepends=True))
    return printed


def code_cells(notebook: dict) -> list[dict]:
    """Return the cells of code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def stored(cell: dict) -> list[str]:
    """Return the printed lines that a cell of the file has."""
    return [line for output in cell["outputs"] for line in output["text"]]


def store(notebook: dict, printed: list[list[str]]) -> None:
    """Put the printed lines into the notebook."""
    for number, (cell, lines) in enumerate(zip(code_cells(notebook), printed, strict=True), 1):
        output = {"name": "stdout", "output_type": "stream", "text": lines}
        cell |= {"execution_count": number, "outputs": [output] if lines else []}


def main() -> int:
    """Run the notebook of the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    notebook = json.loads(args.notebook.read_text(encoding="utf-8"))
    printed = run_cells(notebook)
    if not args.check:
        store(notebook, printed)
        args.notebook.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return 0
    status = 0
    for number, (cell, lines) in enumerate(zip(code_cells(notebook), printed, strict=True), 1):
        if stored(cell) != lines:
            status = 1
            print(f"cell {number} prints:\n{''.join(lines)}and the file has:\n{''.join(stored(cell))}")
    return status


if __name__ == "__main__":
    sys.exit(main())

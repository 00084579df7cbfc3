"""Draws runs that are in folders again: one run as its report, several as a comparison.

    python -m loop.report FOLDER [FOLDER ...] -o FILE.html [--markdown FILE.md [--short]] [--picture FILE.svg]

``--markdown`` writes the key numbers as a table (``--short``: those for a README), ``--picture`` the workflow of the
first run.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from loop.config import read_loop_config
from loop.folder import RunFolder
from loop.report.comparison import comparison_markdown, write_comparison
from loop.report.page import flow_file, write_report, write_whole
from loop.report.read import read_loop_results
from loop.results import LoopResults


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m loop.report", description="Draw runs of a loop again.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="folder of a run")
    parser.add_argument("-o", "--out", type=Path, required=True, help="HTML page to write")
    parser.add_argument("--markdown", type=Path, help="Markdown table to write")
    parser.add_argument("--short", action="store_true", help="only the key numbers that a README shows")
    parser.add_argument("--picture", type=Path, help="SVG of the first run's workflow to write")
    options = parser.parse_args(arguments)
    missing = [str(root) for root in options.folders if not RunFolder(root).config_file.is_file()]
    if missing:
        parser.error(f"no run is in {', '.join(missing)}: there is no config.yaml")
    try:
        runs = [stored_results(RunFolder(root)) for root in options.folders]
    except ValueError as error:
        parser.error(str(error))
    if len(runs) == 1:
        write_report(runs[0], options.out)
    else:
        write_comparison(runs, options.out)
    if options.markdown:
        write_whole(options.markdown, comparison_markdown(runs, short=options.short))
    if options.picture:
        write_whole(options.picture, flow_file(runs[0]))


def stored_results(folder: RunFolder) -> LoopResults:
    """Return the results of the steps, with the machine and command that the step ``report`` recorded."""
    config = read_loop_config(folder.config_file)
    recorded = folder.read_results("report", LoopResults)
    return read_loop_results(
        folder,
        name=config.name,
        seed=config.seed,
        settings=config.model_dump(mode="json"),
        machine=recorded.machine if recorded else "",
        command=recorded.command if recorded else "",
    )


if __name__ == "__main__":
    main()

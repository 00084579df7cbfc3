"""Collects short documented functions of the standard library and of permissively licensed packages as seeds.

    python -m examples.synth.collect_seeds seeds.jsonl
    python -m examples.synth.collect_seeds seeds.jsonl --benchmark humaneval=HumanEval.jsonl.gz

Packages are read as they are installed, never imported; one that is not installed is skipped. Each line is a seed
with its licence (SPDX) and its source (package, version, function). The order is fixed: the same packages give the
same file. Read the licences before you publish what you make of the seeds.
"""

import argparse
import json
import sys
from pathlib import Path

from services.synth.decontamination.benchmarks import read_benchmarks
from services.synth.decontamination.matches import BenchmarkIndex
from services.synth.decontamination.report import decontamination_report, report_table
from services.synth.decontamination.seed_check import SeedCheck
from services.synth.seeds.near_duplicates import NearDuplicates
from services.synth.seeds.read import SeedOptions, read_seeds
from services.synth.seeds.rejections import SeedCounts
from services.synth.seeds.sources import SourceError

STDLIB = (
    "ast base64 bisect calendar colorsys difflib email encodings.punycode fractions functools genericpath glob graphlib "
    "heapq html http.cookiejar inspect ipaddress json.encoder keyword locale ntpath nturl2path posixpath pydoc quopri "
    "random re shlex smtplib stat statistics string tarfile textwrap tokenize unittest.util urllib.parse urllib.request "
    "wsgiref.util xml.sax.saxutils zipfile"
).split()
"""Modules whose functions compute with plain values."""
PACKAGES = (
    "sympy.combinatorics sympy.ntheory sympy.polys.densearith sympy.polys.densebasic sympy.polys.galoistools "
    "sympy.polys.monomials sympy.utilities networkx.algorithms.threshold networkx.readwrite networkx.utils jinja2.filters "
    "markdown werkzeug.http rich packaging pygments.util pygments.regexopt matplotlib.bezier matplotlib.cbook mpmath.libmp "
    "httpx2._urlparse urllib3.fields aiohttp.helpers click.shell_completion pandas.util fsspec.utils idna dateutil contourpy"
).split()
"""Parts of packages that the development environment has anyway."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("--max-lines", type=int, default=30, help="longest function, in lines of code")
    parser.add_argument(
        "--benchmark", action="append", default=[], metavar="NAME=FILE", help="leave its problems out"
    )
    options = parser.parse_args()
    problems = read_benchmarks(
        dict(text.split("=", 1) for text in options.benchmark), lambda row: print(row, file=sys.stderr)
    )
    check = SeedCheck(BenchmarkIndex(problems))
    near = NearDuplicates()
    total = 0
    with options.out.open("w", encoding="utf-8") as out:
        for source in [f"stdlib:{name}" for name in STDLIB] + [f"package:{name}" for name in PACKAGES]:
            counts = SeedCounts()
            which = SeedOptions(source=source, max_lines=options.max_lines, licences=["permissive"])
            try:
                seeds = list(read_seeds(which, counts, check if problems else None))
            except SourceError as error:
                print(f"skipped: {error}", file=sys.stderr)
                continue
            kept = [seed for seed in seeds if near.add(seed.id, seed.program) is None]  # across sources, too
            for seed in kept:
                out.write(json.dumps(seed.model_dump(exclude_defaults=True), ensure_ascii=False) + "\n")
            total += len(kept)
            print(f"{source}: {counts}", file=sys.stderr)
    print(f"{total} seeds in {options.out}", file=sys.stderr)
    if problems:
        print(report_table(decontamination_report(check.documents, check.matches, problems)), file=sys.stderr)


if __name__ == "__main__":
    main()

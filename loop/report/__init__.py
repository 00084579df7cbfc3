"""Draws what a loop found as one HTML page, and several runs of it beside each other.

The pages load nothing and run no script: they can be read from a disk, on a phone, in the dark, and on paper. They
show the numbers of ``loop.results``, and compute only shares of counts. Texts of models are hostile and are escaped.
"""

from loop.report.comparison import comparison_markdown, write_comparison
from loop.report.page import write_report
from loop.report.read import read_loop_results

__all__ = ["comparison_markdown", "read_loop_results", "write_comparison", "write_report"]

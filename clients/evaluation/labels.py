"""Places the labels of curves beside a plot, none over another. Pure.

Charts that matplotlib draws and charts that are written as SVG use the same function.
"""

from collections.abc import Sequence


def spread_labels(targets: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Return the middles of labels within 0 and 1, as near as possible to ``targets``, without overlap.

    ``targets`` rises. Labels that do not fit at all begin at 1 and leave the axis at its foot.
    """
    middles = list(targets)
    floor = 0.0
    for at, size in enumerate(sizes):  # upwards, each above the one before it
        middles[at] = max(middles[at], floor + size / 2)
        floor = middles[at] + size / 2
    ceiling = 1.0
    for at in reversed(range(len(sizes))):  # downwards, below the top and the one above it
        middles[at] = min(middles[at], ceiling - sizes[at] / 2)
        ceiling = middles[at] - sizes[at] / 2
    return middles

"""Labels of curves beside the plot do not cover each other, and stay beside the axis."""

import pytest

from clients.evaluation.labels import spread_labels


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([], []),
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([0.0, 0.02], [0.05, 0.15]),
        ([0.98, 1.0], [0.85, 0.95]),
        ([0.9, 0.97, 1.0], [0.75, 0.85, 0.95]),
    ],
)
def test_labels_are_moved_only_as_far_as_they_must(targets, expected):
    assert spread_labels(targets, [0.1] * len(targets)) == pytest.approx(expected)


def test_a_label_of_two_lines_takes_the_room_of_two():
    assert spread_labels([0.5, 0.5], [0.2, 0.1]) == pytest.approx([0.5, 0.65])

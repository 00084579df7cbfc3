"""Options with values out of range are refused."""

import pytest

from services.rm.training.losses import Objective
from services.rm.training.options import TrainingOptions


def test_options_that_make_no_sense():
    for values in ({"epochs": 0}, {"lr": 0.0}, {"held_out": 1.0}, {"objective": Objective(temperature=0)}):
        with pytest.raises(ValueError, match="give"):
            TrainingOptions(**values)

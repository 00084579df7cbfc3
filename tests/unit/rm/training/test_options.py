"""Options with values out of range are refused."""

from typing import get_type_hints

import pytest

from services.rm.training.commands import train_rm
from services.rm.training.losses import Objective
from services.rm.training.options import HEAD_LR, LORA_LR, TrainingOptions


def test_options_that_make_no_sense():
    for values in ({"epochs": 0}, {"lr": 0.0}, {"held_out": 1.0}, {"objective": Objective(temperature=0)}):
        with pytest.raises(ValueError, match="give"):
            TrainingOptions(**values)


def test_the_help_shows_the_defaults():
    """They are written in the help a second time, so that it needs no torch."""
    objective, options = Objective(), TrainingOptions()
    shown = {
        name: hint.__metadata__[0].show_default
        for name, hint in get_type_hints(train_rm, include_extras=True).items()
        if name != "return" and isinstance(hint.__metadata__[0].show_default, str)
    }
    assert len(shown) == 17
    lr, lora_lr = map(float, shown.pop("lr").split("; with --lora or --head-only "))
    assert (lr, lora_lr, lora_lr) == (options.lr, LORA_LR, HEAD_LR)
    assert shown.pop("checkpointing") == "no"
    assert not options.checkpointing
    for name, text in shown.items():
        value = getattr(objective if hasattr(objective, name) else options, name)
        assert text in (str(value), f"{value:g}" if isinstance(value, float) else ""), name

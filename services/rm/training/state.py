"""Saves and finds the state of a training on disk, so that an interrupted training continues with the same results.

A state is saved completely or not at all. accelerate writes weights, optimiser, schedule and random states. Under LoRA
only the trained weights are written; the frozen ones are read again from the base.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accelerate import Accelerator  # type: ignore[import-untyped]
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

FOLDER, _TRAINED = "state", "trained.safetensors"


class StepCounter:
    """Counts the steps that are done; accelerate saves and restores it with the state."""

    def __init__(self) -> None:
        self.step = 0

    def state_dict(self) -> dict[str, Any]:
        """Return the count, as accelerate saves it."""
        return {"step": self.step}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the count, as accelerate saved it."""
        self.step = int(state["step"])


def latest(out: Path) -> Path | None:
    """Return the folder of the last state that was saved completely."""
    folders = sorted((out / FOLDER).glob("step-*"))
    return folders[-1] if folders else None


def save(accelerator: Accelerator, out: Path, step: int) -> None:
    """Save a state and remove the earlier ones. All processes call it."""
    partial, complete = out / FOLDER / ".half", out / FOLDER / f"step-{step:08}"
    if accelerator.is_main_process:
        shutil.rmtree(partial, ignore_errors=True)
    accelerator.wait_for_everyone()
    accelerator.save_state(str(partial))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        earlier = list((out / FOLDER).glob("step-*"))
        shutil.rmtree(complete, ignore_errors=True)
        partial.rename(complete)
        for folder in earlier:
            if folder != complete:
                shutil.rmtree(folder)
    accelerator.wait_for_everyone()


def save_only_trained_weights(accelerator: Accelerator, unwrap: Callable[[nn.Module], nn.Module]) -> None:
    """Make accelerate save and load the trained weights only."""

    def before_saving(models: list[nn.Module], weights: list[dict[str, Tensor]], folder: str) -> None:
        weights.clear()
        if accelerator.is_main_process:
            for model in models:
                save_file(_trained_weights(unwrap(model)), Path(folder) / _TRAINED)

    def before_loading(models: list[nn.Module], folder: str) -> None:
        while models:
            weights = load_file(Path(folder) / _TRAINED)
            unwrap(models.pop()).load_state_dict(weights, strict=False)

    accelerator.register_save_state_pre_hook(before_saving)
    accelerator.register_load_state_pre_hook(before_loading)


def _trained_weights(model: nn.Module) -> dict[str, Tensor]:
    return {
        name: parameter.detach().cpu().contiguous()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }

"""A training's state on disk: saved whole or not at all, so that what is interrupted goes on as if it had not been.

accelerate writes weights, optimiser, schedule and random states. Under LoRA only what is trained is written: the base
is where it was.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accelerate import Accelerator  # type: ignore[import-untyped]
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

FOLDER, _TRAINED = "state", "trained.safetensors"


class Progress:
    """How many steps are done."""

    def __init__(self) -> None:
        self.step = 0

    def state_dict(self) -> dict[str, Any]:
        """For accelerate."""
        return {"step": self.step}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """For accelerate."""
        self.step = int(state["step"])


def latest(out: Path) -> Path | None:
    """Return the folder of the last state that was saved whole."""
    found = sorted((out / FOLDER).glob("step-*"))
    return found[-1] if found else None


def save(accelerator: Accelerator, out: Path, step: int) -> None:
    """Save a state in place of the earlier one. All processes call it."""
    half, whole = out / FOLDER / ".half", out / FOLDER / f"step-{step:08}"
    if accelerator.is_main_process:
        shutil.rmtree(half, ignore_errors=True)
    accelerator.wait_for_everyone()
    accelerator.save_state(str(half))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        earlier = list((out / FOLDER).glob("step-*"))
        shutil.rmtree(whole, ignore_errors=True)
        half.rename(whole)
        for folder in earlier:
            if folder != whole:
                shutil.rmtree(folder)
    accelerator.wait_for_everyone()


def only_trained(accelerator: Accelerator, unwrap: Callable[[nn.Module], nn.Module]) -> None:
    """Let the state hold the trained weights alone."""

    def before_saving(models: list[nn.Module], weights: list[dict[str, Tensor]], folder: str) -> None:
        weights.clear()
        if accelerator.is_main_process:
            for model in models:
                save_file(_trained(unwrap(model)), Path(folder) / _TRAINED)

    def before_loading(models: list[nn.Module], folder: str) -> None:
        while models:
            found = load_file(Path(folder) / _TRAINED)
            unwrap(models.pop()).load_state_dict(found, strict=False)

    accelerator.register_save_state_pre_hook(before_saving)
    accelerator.register_load_state_pre_hook(before_loading)


def _trained(model: nn.Module) -> dict[str, Tensor]:
    return {
        name: parameter.detach().cpu().contiguous()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }

"""Step ``report``: writes ``report.html`` from the results of all steps, as far as the run got."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from loop.report import read_loop_results, write_report
from loop.steps.context import StepContext


def run(context: StepContext) -> None:
    """Write the report of a run."""
    folder, config = context.folder, context.config
    results = read_loop_results(
        folder,
        name=config.name,
        seed=config.seed,
        machine=machine(),
        settings=config.model_dump(mode="json"),
        command=f"acecoder loop {folder.root.name}/{folder.config_file.name} -o {folder.root.name}-repeated",
    )
    folder.write_results("report", results)  # `python -m loop.report` draws it again
    write_report(results, folder.root / "report.html")


def machine() -> str:
    """Return what the run's numbers depend on: cores, processor, GPUs, versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [f"{cores} cores", _processor(), f"Python {platform.python_version()}"]
    parts += [_gpus(), *(f"{name} {version(name)}" for name in ("torch", "transformers", "trl"))]
    return ", ".join(filter(None, parts))


def _gpus() -> str:
    """Return number and name of the GPUs that PyTorch sees; empty without one."""
    import torch  # noqa: PLC0415 - takes seconds to import

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return f"{count} × {torch.cuda.get_device_name(0)}" if count else ""


def _processor() -> str:
    """Return the processor's name, as Linux gives it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()

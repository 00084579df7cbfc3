"""Recognises the container or outer sandbox that this process runs in, by the signs that each leaves.

It reads files and environment variables. A container without such a sign is not recognised.
"""

import os
from collections.abc import Mapping
from pathlib import Path

GVISOR, APPTAINER = "gVisor", "Apptainer"
_GVISOR_KERNEL = "4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016"
"""What gVisor's /proc/version says, in each of its releases."""


def container_of(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> str:
    """Return the name of what this process runs in; empty if there is no sign. gVisor hides the signs of the others."""
    try:
        kernel = (root / "proc/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        kernel = ""
    signs = {
        GVISOR: _GVISOR_KERNEL in kernel,
        "Kubernetes": "KUBERNETES_SERVICE_HOST" in environment,
        "Docker": (root / ".dockerenv").exists(),
        "Podman": (root / "run/.containerenv").exists(),
        APPTAINER: "APPTAINER_CONTAINER" in environment or "SINGULARITY_CONTAINER" in environment,
    }
    return next((name for name, is_there in signs.items() if is_there), "")


def is_in_outer_sandbox() -> bool:
    """Whether this process runs inside gVisor or Apptainer."""
    return container_of() in (GVISOR, APPTAINER)

"""Finds out whether tests can use a Docker daemon on this machine."""

import subprocess
from functools import cache


@cache
def why_no_docker(image: str = "") -> str:
    """Return why no daemon, or none with the image, answers here; an empty text if one does."""
    try:
        daemon = subprocess.run(
            ["docker", "version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "no Docker command here, or no daemon that answers it"
    if daemon.returncode:
        return "no Docker daemon answers here"
    found = image and subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    return f"the Docker daemon has no image {image}" if found and found.returncode else ""

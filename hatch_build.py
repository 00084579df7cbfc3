"""Builds the compiled part of the sandbox when the package is installed, if there is a C compiler.

    python hatch_build.py      # in a checkout, without installing

Everything works without it, only slower (``services/executor/sandbox/guest/supervisor/fork_loop.c``).
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from _blake2 import blake2b
from pathlib import Path

FOLDER = Path("services/executor/sandbox/guest/supervisor")
SOURCES = (FOLDER / "fork_loop.c", FOLDER / "fork_loop.py")
LIBRARY = FOLDER / "libforkloop.so"


def build(root: Path) -> bool:
    """Compile the library below ``root``; return whether it is there now."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if sys.platform != "linux" or compiler is None:
        return False
    version = blake2b(b"".join((root / path).read_bytes() for path in SOURCES), digest_size=16).hexdigest()
    new = (
        root / f".{LIBRARY.name}.{os.getpid()}"
    )  # a jail may be copying the folder, or have the old file mapped
    options = ["-O2", "-Wall", "-shared", "-fPIC", f'-DSOURCES="{version}"']
    command = [compiler, *options, str(root / SOURCES[0]), "-o", str(new)]
    result = subprocess.run(command, check=False)  # noqa: S603  -- our own command line
    if result.returncode != 0:
        return False
    new.replace(root / LIBRARY)
    return True


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # as a script
    BuildHookInterface = object


class ForkLoopBuildHook(BuildHookInterface):
    """Adds the library to a wheel; in an editable install it stays in the checkout."""

    def initialize(self, version: str, build_data: dict) -> None:  # noqa: ARG002
        """Build, and mark a wheel that has the library as one for this platform."""
        if self.target_name == "wheel" and build(Path(self.root)):
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["artifacts"].append(str(LIBRARY))
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"


if __name__ == "__main__":
    sys.exit(0 if build(Path(__file__).parent) else "no C compiler: set CC, or install gcc")

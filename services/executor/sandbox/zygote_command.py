"""How an interpreter becomes a zygote: the same flags, settings and environment behind every wall.

Where that interpreter is, what it sees and how it is kept in is each wall's own. What the settings mean to the zygote:
``guest/zygote.py``.
"""

import json
from collections.abc import Sequence

from services.executor.sandbox.environment import EnvironmentSpec

ENVIRONMENT = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""All that a zygote, and so every program, has in its environment: the same on every machine, for equal outcomes."""


def zygote_arguments(
    root: str,
    control: str,
    environment: EnvironmentSpec,
    paths: Sequence[str],
    *,
    walled: bool,
    own_site: bool = False,
) -> list[str]:
    """Return the interpreter's arguments.

    ``root`` is the directory that holds the package ``guest``, ``control`` the number of the control socket's
    descriptor or its path, both as the zygote sees them. ``walled``: it may make namespaces and must filter calls.
    ``own_site``: the interpreter brings its own packages, as one in an image does.
    """
    settings = {
        "root": root,
        "paths": list(paths),
        "modules": list(environment.modules),
        "namespaces": walled,
        "seccomp": walled,
    }
    flags = ["-s", *([] if own_site else ["-S"]), "-P", "-B", "-W", "ignore"]
    return [*flags, f"{root}/guest/zygote.py", control, json.dumps(settings)]

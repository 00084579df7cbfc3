"""Prints a software bill of materials of this Python environment, as CycloneDX 1.5 JSON.

Each image has its own as ``/opt/acecoder/sbom.json``. It lists Python packages. The packages of the base image are
listed by the base image's own tools (``dpkg --list``).
"""

import importlib.metadata
import json


def components() -> list[dict]:
    """Return one component for each installed distribution, in the order of their names."""
    found = {}
    for distribution in importlib.metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        licence = distribution.metadata["License-Expression"] or distribution.metadata["License"] or ""
        component = {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name.lower()}@{version}",
        }
        if licence and "\n" not in licence:  # some packages put the whole text there
            component["licenses"] = [{"license": {"name": licence}}]
        found[name.lower()] = component
    return [found[name] for name in sorted(found)]


if __name__ == "__main__":
    print(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components()}, indent=1))

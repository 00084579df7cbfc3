"""Writes the templates of the Helm chart from the manifests of ``deploy/k8s``: ``python deploy/helm/build.py``.

The manifests are the source. A kustomize component is a switch of the chart (``redis.enabled``): its resources are
rendered if it is on, and its patches become conditions (``resource_template``). ``chart_values`` lists the fields that
a user of the chart may set. The default of each must be what the manifest has, or this script ends with an error, so a
chart with default values and ``kubectl apply -k deploy/k8s/base`` are the same resources. ``tests/deploy/test_helm.py``
checks that the written templates are current and, where helm and kubectl are installed, that each switch gives what its
component gives.

Not written here, but by hand: ``Chart.yaml``, ``values.yaml``, ``templates/NOTES.txt``.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml
from chart_values import CONFIGS, EXTRAS, SWITCHES, VALUES, BuildError, schema_of
from resource_template import K8S, PART_OF, Template, switched

CHART = Path(__file__).resolve().parent / "acecoder"


def main() -> None:
    """Write the templates, the schema of the values, and the copy of the seccomp profile."""
    for path, text in files().items():
        (CHART / path).write_text(text, encoding="utf-8")


def files() -> dict[str, str]:
    """Return every generated file of the chart, by its path in the chart."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    written: dict[str, str] = {}
    used: set[str] = set()
    for manifest, component in manifests():
        switch = SWITCHES.get(component, "")
        texts = []
        for resource in yaml.safe_load_all(manifest.read_text(encoding="utf-8")):
            template = Template(resource, values)
            texts.append(template.render(switch))
            used |= template.used
        name = f"{component}-{manifest.name}" if component in ("synth", "rm") else manifest.name
        written[f"templates/{name}"] = _header(manifest.relative_to(K8S.parent)) + "---\n".join(texts)
    written["templates/config.yaml"] = _header(
        "k8s (the kustomization.yaml of base and components)"
    ) + "---\n".join(_config_map(name, data) for name, data in CONFIGS.items())
    if unused := (VALUES.keys() | EXTRAS.keys()) - used:
        raise BuildError(f"no manifest has {', '.join(sorted(unused))}: correct VALUES or EXTRAS")
    written["values.schema.json"] = json.dumps(schema_of(values), indent=1) + "\n"
    written["seccomp.json"] = (K8S.parent / "seccomp.json").read_text(encoding="utf-8")
    return written


def manifests() -> Iterator[tuple[Path, str]]:
    """Yield every file that the base and the components name as a resource, with the component; empty: the base."""
    for folder in [K8S / "base", *(K8S / "components" / name for name in SWITCHES)]:
        described = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
        for name in described.get("resources", []):
            yield folder / name, "" if folder.name == "base" else folder.name


def _config_map(name: str, data: str) -> str:
    switch = {"synth": "synth", "rm": "rm", "executor-seccomp": "seccomp"}.get(name, "")
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": PART_OF}}
    text = f"{yaml.safe_dump(head, sort_keys=False)}data:{data}\n"
    return switched(switch, text)


def _header(source: Path | str) -> str:
    note = f"Written by deploy/helm/build.py from deploy/{source}, where the comments are. Do not edit."
    return "{{- /* " + note + " */ -}}\n"


if __name__ == "__main__":
    main()

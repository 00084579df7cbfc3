"""Writes the templates of the Helm chart from the manifests of ``deploy/k8s``: ``python deploy/helm/build.py``.

The manifests are the source. A kustomize component is a switch of the chart (``redis.enabled``): its resources are
rendered if it is on, and its patches become conditions. ``VALUES`` lists the fields that a user of the chart may set.
The default of each must be what the manifest has, or this script ends with an error, so a chart with default values and
``kubectl apply -k deploy/k8s/base`` are the same resources. ``tests/deploy/test_helm.py`` checks that the written
templates are current and, where helm and kubectl are installed, that each switch gives what its component gives.

Not written here, but by hand: ``Chart.yaml``, ``values.yaml``, ``templates/NOTES.txt``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
CHART = HERE / "acecoder"
K8S = HERE.parent / "k8s"
SWITCHES = {
    "redis": "redis",
    "synth": "synth",
    "rm": "rm",
    "seccomp": "seccomp",
    "apparmor": "apparmor",
    "own-uids": "ownUids",
    "user-namespaces": "userNamespaces",
    "monitoring": "monitoring",
    "keda": "keda",
}
"""Component → the value whose ``enabled`` switches it."""
_CONTAINER = "spec/template/spec/containers/0"
_TRIGGERS = "ScaledObject/executor-worker/spec/triggers"
VALUES = {
    "Deployment/executor-api/spec/replicas": "api.replicas",
    f"Deployment/executor-api/{_CONTAINER}/image": "images.executor",
    f"Deployment/executor-api/{_CONTAINER}/resources": "api.resources",
    "Deployment/executor-worker/spec/replicas": "worker.replicas",
    "Deployment/executor-worker/spec/template/spec/terminationGracePeriodSeconds": "worker.graceSeconds",
    f"Deployment/executor-worker/{_CONTAINER}/image": "images.executor",
    f"Deployment/executor-worker/{_CONTAINER}/resources": "worker.resources",
    "NetworkPolicy/executor-worker/spec/egress/0/ports/0/port": "worker.redisPort",
    "DaemonSet/executor-seccomp/spec/template/spec/initContainers/0/image": "images.executor",
    f"DaemonSet/executor-seccomp/{_CONTAINER}/image": "images.executor",
    f"StatefulSet/executor-redis/{_CONTAINER}/image": "images.redis",
    f"StatefulSet/executor-redis/{_CONTAINER}/resources": "redis.resources",
    "StatefulSet/executor-redis/spec/volumeClaimTemplates/0/spec/resources/requests/storage": "redis.storage",
    f"Deployment/synth/{_CONTAINER}/image": "images.synth",
    f"Deployment/synth/{_CONTAINER}/resources": "synth.resources",
    "PersistentVolumeClaim/synth/spec/resources/requests/storage": "synth.storage",
    f"Deployment/rm/{_CONTAINER}/image": "images.rm",
    f"Deployment/rm/{_CONTAINER}/resources": "rm.resources",
    "PersistentVolumeClaim/rm/spec/resources/requests/storage": "rm.storage",
    "ScaledObject/executor-worker/spec/minReplicaCount": "keda.minWorkers",
    "ScaledObject/executor-worker/spec/maxReplicaCount": "keda.maxWorkers",
    f"{_TRIGGERS}/0/metadata/serverAddress": "keda.prometheus",
    f"{_TRIGGERS}/0/metadata/threshold": "keda.queueAgeSeconds",
    f"{_TRIGGERS}/1/metadata/serverAddress": "keda.prometheus",
    f"{_TRIGGERS}/1/metadata/threshold": "keda.candidatesPerWorker",
}
"""Field of a manifest → the value that sets it."""
EXTRAS = {
    "Deployment/executor-api/spec/template/spec": "api.pod",
    "Deployment/executor-worker/spec/template/spec": "worker.pod",
    "StatefulSet/executor-redis/spec/template/spec": "redis.pod",
    "DaemonSet/executor-seccomp/spec/template/spec": "seccomp.pod",
    "Deployment/synth/spec/template/spec": "synth.pod",
    "Deployment/rm/spec/template/spec": "rm.pod",
    "Service/executor/spec": "api.service",
    "ServiceMonitor/executor/metadata/labels": "monitoring.labels",
    "PrometheusRule/executor/metadata/labels": "monitoring.labels",
}
"""Object of a manifest → the value with further fields for it, such as ``nodeSelector``."""
CONFIGS = {
    "executor": "{{ toYaml .Values.config | nindent 2 }}",
    "synth": "\n  synth.yaml: {{ toYaml .Values.synth.config | quote }}",
    "rm": "{{ toYaml .Values.rm.config | nindent 2 }}",
    "executor-seccomp": '\n  seccomp.json: {{ .Files.Get "seccomp.json" | quote }}',
}
"""ConfigMap that kustomize generates → its data in the chart."""
OPEN_VALUES = {"config", "pod", "service", "labels", "resources"}
"""Values with keys of the user's own: the schema allows any."""
PART_OF = {"app.kubernetes.io/part-of": "acecoder"}
_HELD = re.compile(r"'?@(\d+)@'?")


class BuildError(Exception):
    """The manifests and ``values.yaml`` or this script do not fit together."""


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


def patches() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the operations of the components' patches, as (switch, resource, operation of RFC 6902)."""
    for component, switch in SWITCHES.items():
        text = (K8S / "components" / component / "kustomization.yaml").read_text(encoding="utf-8")
        for patch in yaml.safe_load(text).get("patches", []):
            target = f"{patch['target']['kind']}/{patch['target']['name']}"
            for operation in yaml.safe_load(patch["patch"]):
                yield switch, target, operation


class Template:
    """One resource that becomes a template.

    Expressions are held outside the resource, under numbers such as ``@3@``, until it is written as YAML.
    """

    def __init__(self, resource: dict[str, Any], values: dict[str, Any]) -> None:
        self.resource = resource
        self.name = f"{resource['kind']}/{resource['metadata']['name']}"
        self.used: set[str] = set()
        self._values = values
        self._held: list[str] = []

    def render(self, switch: str) -> str:
        """Return the template; with a ``switch``, one that is empty unless it is on."""
        self._set_values()
        self._apply_patches()
        self._add_labels()
        self._add_extras()
        text = yaml.safe_dump(self.resource, sort_keys=False, width=10_000)
        text = text.replace("{{", '{{ "{{" }}')  # Prometheus has templates of its own
        while _HELD.search(text):
            text = "".join(self._release(line) for line in text.splitlines(keepends=True))
        return _switched(switch, text)

    def _set_values(self) -> None:
        for path, value in VALUES.items():
            if not path.startswith(f"{self.name}/"):
                continue
            parent, key = self._find(path.removeprefix(f"{self.name}/"))
            default, present = look_up(self._values, value), parent[key]
            if value.startswith("images."):
                default, present = default.partition(":")[0], present.partition(":")[0]
            if str(default) != str(present):
                raise BuildError(
                    f"values.yaml has {value}: {default}, and {path} is {present}: make them equal"
                )
            text = " | toString" if isinstance(present, str) else ""
            parent[key] = self._hold(_expression(f".Values.{value}{text} | toJson"))
            self.used.add(path)

    def _apply_patches(self) -> None:
        for switch, target, operation in patches():
            if target != self.name:
                continue
            parent, key = self._find(operation["path"].strip("/"))
            value = json.dumps(operation.get("value"))
            is_on = f".Values.{switch}.enabled"
            match operation["op"]:
                case "replace":
                    default = json.dumps(parent[key])
                    parent[key] = self._hold(
                        _expression(f"if {is_on}")
                        + value
                        + _expression("else")
                        + default
                        + _expression("end")
                    )
                case "add":
                    parent[self._hold(_block(f"if {is_on}", f"{key}: {value}"))] = None
                case "remove":
                    line = f"{key}: {parent.pop(key)}"
                    parent[self._hold(_block(f"if not {is_on}", line))] = None
                case other:
                    raise BuildError(
                        f"a patch of {self.name} has the operation {other!r}, which is not read here"
                    )

    def _add_extras(self) -> None:
        for path, value in EXTRAS.items():
            if path.startswith(f"{self.name}/"):
                parent, key = self._find(path.removeprefix(f"{self.name}/"))
                field = _expression("$name") + ": " + _expression("toJson $field")
                text = _block(f"range $name, $field := .Values.{value}", field)
                parent[key][self._hold(text)] = None
                self.used.add(path)

    def _add_labels(self) -> None:
        """Add the label that the base has, and roll the pods when their configuration changes."""
        pods = self.resource.get("spec", {}).get("template", {}).get("metadata")
        for metadata in filter(None, (self.resource["metadata"], pods)):
            metadata["labels"] = metadata.get("labels", {}) | PART_OF
        config = {
            "executor-api": "config",
            "executor-worker": "config",
            "rm": "rm.config",
            "synth": "synth.config",
        }
        if pods and (value := config.get(self.resource["metadata"]["name"])):
            digest = self._hold(_expression(f".Values.{value} | toJson | sha256sum"))
            pods["annotations"] = {"checksum/config": digest}

    def _find(self, path: str) -> tuple[Any, Any]:
        """Return the object that holds the last part of a path, and the last part."""
        *parts, last = path.split("/")
        place: Any = self.resource
        for part in parts:
            place = place[int(part) if isinstance(place, list) else part]
        return place, last

    def _hold(self, text: str) -> str:
        self._held.append(text)
        return f"@{len(self._held) - 1}@"

    def _release(self, line: str) -> str:
        """Return a line with its expressions; a key without a value becomes lines of its indentation."""
        key = re.fullmatch(r"( *)'@(\d+)@': null\n", line)
        if key is None:
            return _HELD.sub(lambda match: self._held[int(match[1])], line)
        return "".join(
            (row if row.startswith("{{-") else key[1] + row) + "\n"
            for row in self._held[int(key[2])].splitlines()
        )


def look_up(values: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - any value
    """Return a value by its dotted path.

    Raises:
        BuildError: ``values.yaml`` does not have it.
    """
    place: Any = values
    for part in path.split("."):
        if part not in place:
            raise BuildError(f"values.yaml has no {path}")
        place = place[part]
    return place


def schema_of(default: Any, name: str = "") -> dict[str, Any]:  # noqa: ANN401 - any value
    """Return a JSON schema that accepts values of the types of the defaults, and no other names."""
    match default:
        case dict() if name in OPEN_VALUES:
            is_text = default and all(isinstance(value, str) for value in default.values())
            return {"type": "object", **({"additionalProperties": {"type": "string"}} if is_text else {})}
        case dict():
            return {
                "type": "object",
                "additionalProperties": False,
                "properties": {key: schema_of(value, key) for key, value in default.items()},
            }
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer", "minimum": 0}
        case _:
            return {"type": "string", "minLength": 1}


def _config_map(name: str, data: str) -> str:
    switch = {"synth": "synth", "rm": "rm", "executor-seccomp": "seccomp"}.get(name, "")
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": PART_OF}}
    text = f"{yaml.safe_dump(head, sort_keys=False)}data:{data}\n"
    return _switched(switch, text)


def _header(source: Path | str) -> str:
    note = f"Written by deploy/helm/build.py from deploy/{source}, where the comments are. Do not edit."
    return "{{- /* " + note + " */ -}}\n"


def _expression(text: str) -> str:
    return "{{ " + text + " }}"


def _block(condition: str, text: str) -> str:
    return "{{- " + condition + " }}\n" + text + "\n{{- end }}"


def _switched(switch: str, text: str) -> str:
    return _block(f"if .Values.{switch}.enabled", text.rstrip("\n")) + "\n" if switch else text


if __name__ == "__main__":
    main()

"""Makes a template of the Helm chart from one resource of ``deploy/k8s``: values, patches as conditions, labels."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from chart_values import EXTRAS, SWITCHES, VALUES, BuildError, look_up

K8S = Path(__file__).resolve().parent.parent / "k8s"
PART_OF = {"app.kubernetes.io/part-of": "acecoder"}
_HELD = re.compile(r"'?@(\d+)@'?")


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
        return switched(switch, text)

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


def _expression(text: str) -> str:
    return "{{ " + text + " }}"


def _block(condition: str, text: str) -> str:
    return "{{- " + condition + " }}\n" + text + "\n{{- end }}"


def switched(switch: str, text: str) -> str:
    """Return a text that is rendered only if a switch is on; without a ``switch``, always."""
    return _block(f"if .Values.{switch}.enabled", text.rstrip("\n")) + "\n" if switch else text

"""Lists which fields of the manifests the values of the Helm chart set, and describes the values as a JSON schema."""

from typing import Any

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


class BuildError(Exception):
    """The manifests and ``values.yaml`` or this script do not fit together."""


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

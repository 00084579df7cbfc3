"""The manifests of ``deploy/k8s``, validated offline against the schemas of several Kubernetes versions.

No cluster is involved. The schemas of ServiceMonitor, PrometheusRule and ScaledObject are not Kubernetes' own, so of these only what
is written here is checked.
"""

import os
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from clients.contract import Limits
from services.executor.settings import ExecutorSettings

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
VERSIONS = ("1.30.0", "1.32.0", "1.34.0", "1.37.0")
"""The oldest has `appArmorProfile`, the newest is the last whose schema the validator has."""
NOT_KUBERNETES = {"ServiceMonitor", "PrometheusRule", "ScaledObject", "Kustomization", "Component"}
KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl")
PARTS = sorted(
    str(path.relative_to(K8S)) for path in K8S.rglob("*.yaml") if path.name != "kustomization.yaml"
)
needs_kubectl = pytest.mark.skipif(
    KUBECTL is None, reason="no kubectl here: 'kubectl kustomize' renders the overlays; name one in KUBECTL"
)


def resources(text):
    """Return the resources in a file; a configuration file that lies beside them has none."""
    return [resource for resource in yaml.safe_load_all(text) if resource and "kind" in resource]


def kustomize(folder):
    """Render a folder as ``kubectl apply -k`` would."""
    return resources(
        subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True).stdout
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example overlay, rendered with the example's secrets."""
    copy = tmp_path_factory.mktemp("k8s") / "k8s"
    shutil.copytree(K8S, copy)
    overlay = copy / "overlays" / "example"
    (overlay / "secret.env.example").rename(overlay / "secret.env")
    return kustomize(overlay)


def render_with(tmp_path, *components):
    """Render the base with components of one's choice."""
    shutil.copytree(K8S, tmp_path / "k8s")
    mine = tmp_path / "k8s" / "overlays" / "mine"
    mine.mkdir()
    paths = [f"../../components/{name}" for name in components]
    (mine / "kustomization.yaml").write_text(
        yaml.safe_dump({"resources": ["../../base"], "components": paths})
    )
    return kustomize(mine)


def one(rendered, kind, name):
    (resource,) = [r for r in rendered if r["kind"] == kind and r["metadata"]["name"] == name]
    return resource


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("part", PARTS)
def test_every_file_is_valid(part, version):
    for resource in resources((K8S / part).read_text()):
        if resource["kind"] not in NOT_KUBERNETES:
            kubernetes_validate.validate(resource, version, strict=True)


@needs_kubectl
@pytest.mark.parametrize("version", VERSIONS)
def test_the_example_is_valid(example, version):
    for resource in example:
        if resource["kind"] not in NOT_KUBERNETES:
            kubernetes_validate.validate(resource, version, strict=True)


@needs_kubectl
def test_the_base_has_no_redis_and_opens_nothing(tmp_path):
    rendered = render_with(tmp_path)
    assert {resource["kind"] for resource in rendered} == {
        "ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"
    }  # fmt: skip
    assert not [
        r for r in rendered if r["kind"] == "Service" and r["spec"].get("type", "ClusterIP") != "ClusterIP"
    ]


@needs_kubectl
def test_pods_are_confined_and_workers_have_our_profile(example):
    pods = [r["spec"]["template"]["spec"] for r in example if r["kind"] in ("Deployment", "StatefulSet")]
    assert len(pods) == 3
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert (own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"]) == (False, True)
            assert "memory" in container["resources"]["limits"]
    worker = one(example, "Deployment", "executor-worker")["spec"]["template"]["spec"]
    profile = worker["securityContext"]["seccompProfile"]
    assert profile == {"type": "Localhost", "localhostProfile": "acecoder/seccomp.json"}


@needs_kubectl
def test_user_ids_of_their_own_cost_two_capabilities(tmp_path):
    pod = one(render_with(tmp_path, "own-uids"), "Deployment", "executor-worker")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 0
    capabilities = pod["containers"][0]["securityContext"]["capabilities"]
    assert capabilities == {"drop": ["ALL"], "add": ["SETUID", "SETGID"]}


@needs_kubectl
def test_keda_sets_the_number_of_workers_and_nothing_else_does(example):
    assert "replicas" not in one(example, "Deployment", "executor-worker")["spec"]
    scaled = one(example, "ScaledObject", "executor-worker")["spec"]
    assert scaled["scaleTargetRef"] == {"name": "executor-worker"}
    assert scaled["minReplicaCount"] >= 1
    queries = [trigger["metadata"]["query"] for trigger in scaled["triggers"]]
    assert any("executor_queue_age_seconds" in query for query in queries)
    assert any("executor_queue_depth" in query for query in queries)


def test_a_worker_has_time_for_its_longest_chunk():
    (worker,) = resources((K8S / "base" / "workers.yaml").read_text())
    grace_s = worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    settings = ExecutorSettings(_env_file=None)
    assert grace_s > settings.max_chunk * Limits().total_cpu_s


def test_the_pods_memory_holds_the_jail():
    (worker,) = resources((K8S / "base" / "workers.yaml").read_text())
    limit = worker["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    assert int(limit.removesuffix("Mi")) * 2**20 > ExecutorSettings(_env_file=None).jail_memory_bytes


def test_copies_are_equal_to_what_they_are_copies_of():
    assert (K8S / "components" / "seccomp" / "seccomp.json").read_text() == (
        ROOT / "deploy" / "seccomp.json"
    ).read_text()
    assert (K8S / "components" / "synth" / "synth.yaml").read_text() == (
        ROOT / "deploy" / "synth.yaml"
    ).read_text()
    rule = yaml.safe_load((K8S / "components" / "monitoring" / "prometheusrule.yaml").read_text())
    assert rule["spec"] == yaml.safe_load((ROOT / "deploy" / "observe" / "rules.yaml").read_text())

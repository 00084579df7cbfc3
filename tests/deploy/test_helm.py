"""The Helm chart of ``deploy/helm``: it is what its script writes from ``deploy/k8s``, and renders what kustomize renders.

The first needs nothing. The second needs helm and kubectl, which ``HELM`` and ``KUBECTL`` may name; without them these tests skip. No
cluster is involved.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import kubernetes_validate
import pytest
import yaml

from tests.deploy.test_kubernetes import (
    K8S,
    KUBECTL,
    NOT_KUBERNETES,
    ROOT,
    VERSIONS,
    one,
    render_with,
    resources,
)

HELM_FOLDER = ROOT / "deploy" / "helm"
CHART = HELM_FOLDER / "acecoder"
BY_HAND = {"Chart.yaml", "values.yaml", "templates/NOTES.txt"}
HELM = os.environ.get("HELM") or shutil.which("helm")
needs_helm = pytest.mark.skipif(HELM is None, reason="no helm here: it renders the chart; name one in HELM")
needs_both = pytest.mark.skipif(
    HELM is None or KUBECTL is None, reason="compares helm with kubectl: name them in HELM and KUBECTL"
)


def load_script():
    sys.path.insert(0, str(HELM_FOLDER))  # as for a script that is run: its other modules are beside it
    spec = importlib.util.spec_from_file_location("helm_build", HELM_FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_script()
COMPONENTS = sorted(build.SWITCHES)


@pytest.fixture(scope="module")
def values():
    return yaml.safe_load((CHART / "values.yaml").read_text())


def test_the_chart_is_what_its_script_writes():
    written = build.files()
    present = {str(path.relative_to(CHART)) for path in CHART.rglob("*") if path.is_file()}
    assert present == set(written) | BY_HAND
    stale = [path for path, text in written.items() if (CHART / path).read_text() != text]
    assert stale == [], "the manifests changed: run 'python deploy/helm/build.py'"


def test_every_component_is_a_switch_that_is_off(values):
    assert set(build.SWITCHES) == {path.name for path in (K8S / "components").iterdir()}
    assert not any(values[switch]["enabled"] for switch in build.SWITCHES.values())


def test_a_default_that_is_not_the_manifests_is_refused(values):
    (worker,) = resources((K8S / "base" / "workers.yaml").read_text())
    worker["spec"]["replicas"] = 5
    with pytest.raises(build.BuildError, match=r"worker\.replicas: 4, and .* is 5"):
        build.Template(worker, values).render("")


def test_configurations_of_the_chart_are_those_of_the_manifests(values):
    def literals(folder):
        (generator,) = yaml.safe_load((K8S / folder / "kustomization.yaml").read_text())["configMapGenerator"]
        return dict(literal.split("=", 1) for literal in generator["literals"])

    assert values["config"] == literals("base")
    assert values["rm"]["config"] == literals("components/rm")
    assert values["synth"]["config"] == yaml.safe_load((ROOT / "deploy" / "synth.yaml").read_text())


def test_the_charts_version_is_the_projects():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (chart["version"], chart["appVersion"]) == (version, version)


def helm(*arguments, check=True):
    ended = subprocess.run([HELM, *arguments], capture_output=True, text=True, check=False)
    assert not check or ended.returncode == 0, ended.stderr
    return ended.stdout if check else ended.stdout + ended.stderr


def render_chart(*components, options=()):
    switches = [f"--set={build.SWITCHES[name]}.enabled=true" for name in components]
    return resources(helm("template", "test", str(CHART), *switches, *options))


def comparable(rendered):
    """Return resources by kind and name, without what the two tools add in their own ways.

    Kustomize puts a digest behind the names of ConfigMaps, and its label on the base alone; the chart has the digest as an
    annotation, and the label everywhere. The chart's images have a tag; a component gets one from its overlay.
    """
    text = json.dumps(rendered)
    for resource in rendered:
        if resource["kind"] == "ConfigMap":
            name = resource["metadata"]["name"]
            text = text.replace(f'"{name}"', f'"{re.sub(r"-[0-9a-z]{10}$", "", name)}"')
    found = {}
    for resource in json.loads(text.replace("acecoder-executor:local", "acecoder-executor")):
        for metadata in (
            resource["metadata"],
            resource.get("spec", {}).get("template", {}).get("metadata", {}),
        ):
            metadata.get("labels", {}).pop("app.kubernetes.io/part-of", None)
            metadata.get("annotations", {}).pop("checksum/config", None)
            for empty in [key for key, value in metadata.items() if not value]:
                del metadata[empty]
        for file in [name for name in resource.get("data", {}) if name.endswith(".yaml")]:
            resource["data"][file] = yaml.safe_load(resource["data"][file])
        found[resource["kind"], resource["metadata"]["name"]] = resource
    assert len(found) == len(rendered)
    return found


@needs_both
@pytest.mark.parametrize("components", [(), *((name,) for name in COMPONENTS), COMPONENTS], ids="+".join)
def test_the_chart_renders_what_kustomize_renders(components, tmp_path):
    assert comparable(render_chart(*components)) == comparable(render_with(tmp_path, *components))


@needs_helm
@pytest.mark.parametrize("version", VERSIONS)
def test_the_chart_is_valid(version):
    for resource in render_chart(*COMPONENTS):
        if resource["kind"] not in NOT_KUBERNETES:
            kubernetes_validate.validate(resource, version, strict=True)


@needs_helm
def test_helm_finds_no_fault():
    switches = [f"--set={switch}.enabled=true" for switch in build.SWITCHES.values()]
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART))
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), *switches)


@needs_helm
def test_values_reach_the_resources():
    options = (
        "--set=worker.replicas=16,worker.graceSeconds=1200,worker.pod.nodeSelector.pool=cpu",
        "--set=images.executor=registry.example.com/executor:1,api.service.type=LoadBalancer",
        "--set-string=config.EXECUTOR_MAX_CHUNK=64,monitoring.labels.release=prometheus,keda.queueAgeSeconds=5",
    )
    rendered = render_chart("monitoring", options=options)
    worker = one(rendered, "Deployment", "executor-worker")["spec"]
    pod = worker["template"]["spec"]
    assert (worker["replicas"], pod["terminationGracePeriodSeconds"]) == (16, 1200)
    assert (pod["nodeSelector"], pod["containers"][0]["image"]) == (
        {"pool": "cpu"},
        "registry.example.com/executor:1",
    )
    assert one(rendered, "Service", "executor")["spec"]["type"] == "LoadBalancer"
    assert one(rendered, "ConfigMap", "executor")["data"]["EXECUTOR_MAX_CHUNK"] == "64"
    assert one(rendered, "ServiceMonitor", "executor")["metadata"]["labels"]["release"] == "prometheus"
    default = one(render_chart(), "Deployment", "executor-worker")["spec"]["template"]["metadata"]
    # pods get the new settings
    assert worker["template"]["metadata"]["annotations"] != default["annotations"]


@needs_helm
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("workers.replicas=4", "additional properties 'workers' not allowed"),
        ("worker.replicas=many", "'/worker/replicas': got string, want integer"),
        ("config.EXECUTOR_MAX_CHUNK=64", "'/config/EXECUTOR_MAX_CHUNK': got number, want string"),
        ("keda.queueAgeSeconds=5", "'/keda/queueAgeSeconds': got number, want string"),
    ],
)
def test_a_wrong_value_is_named(option, message):
    assert message in helm("template", "test", str(CHART), f"--set={option}", check=False)


@needs_helm
def test_prometheus_templates_survive():
    rule = one(render_chart("monitoring"), "PrometheusRule", "executor")
    assert rule["spec"] == yaml.safe_load((ROOT / "deploy" / "observe" / "rules.yaml").read_text())

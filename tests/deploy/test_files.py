"""The files of ``deploy/``, read and not run: what they allow, what they name."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from services.executor.app import create_app
from services.executor.metrics import Metrics
from services.executor.settings import ExecutorSettings
from services.rm.serving.metrics import RmMetrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
NEEDED = {"clone", "mount", "pivot_root", "sethostname", "setns", "umount2", "unshare"}
"""The calls that a jail needs beyond the default: docs/privileges.md has what happens without each."""
NEVER = {
    "bpf", "perf_event_open", "ptrace", "process_vm_readv", "process_vm_writev", "keyctl", "add_key", "request_key",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "open_by_handle_at", "reboot",
    "swapon", "swapoff", "userfaultfd", "io_uring_setup", "io_uring_enter", "fsopen", "fsmount", "move_mount",
    "open_tree", "mount_setattr", "syslog", "settimeofday", "iopl", "ioperm", "acct", "quotactl", "chroot",
}  # fmt: skip


@pytest.fixture(scope="module")
def calls():
    """System call → the rules about it."""
    profile = json.loads((DEPLOY / "seccomp.json").read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    rules = {}
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            rules.setdefault(name, []).append(rule)
    return rules


def test_the_profile_allows_the_default_and_what_a_jail_needs(calls):
    first = json.loads((DEPLOY / "seccomp.json").read_text())["syscalls"][0]
    assert set(first["names"]) == NEEDED
    assert not NEVER & set(calls)
    assert [rule["action"] for rule in calls["clone3"]] == ["SCMP_ACT_ERRNO"]  # its flags cannot be filtered
    assert calls["socket"][0]["args"] == [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]


def test_the_profile_means_the_same_in_every_engine(calls):
    """Docker alone reads conditions on capabilities; containerd and CRI-O would allow such calls to every container."""
    for rules in calls.values():
        for rule in rules:
            assert not {"includes", "excludes"} & set(rule)


def services(name):
    return yaml.safe_load((DEPLOY / name).read_text())["services"]


@pytest.mark.parametrize("name", ["redis", "api", "worker", "synth", "rm"])
def test_every_container_is_confined_and_limited(name):
    service = services("compose.yaml")[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert "mem_limit" in service
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"} & set(service)
    assert not any(
        "seccomp:unconfined" in option or "docker.sock" in option for option in service["security_opt"]
    )


def test_ports_are_published_on_loopback_and_redis_has_none():
    described = services("compose.yaml")
    ports = [port for service in described.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("${STACK_BIND:-127.0.0.1}:") for port in ports)
    assert "ports" not in described["redis"]
    assert described["redis"]["networks"] == described["worker"]["networks"] == ["queue"]
    assert yaml.safe_load((DEPLOY / "compose.yaml").read_text())["networks"]["queue"] == {"internal": True}


def test_redis_keeps_its_data_and_evicts_nothing():
    command = services("compose.yaml")["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"


def test_every_variable_of_the_page_is_one_of_a_file_and_the_other_way_round():
    page = (ROOT / "docs" / "deploy.md").read_text()
    text = "".join(path.read_text() for path in DEPLOY.glob("*.yaml"))
    used = set(re.findall(r"\$\{(STACK_\w+|EXECUTOR_\w+|GRAFANA_\w+)", text))
    internal = {"STACK_VERSION", "STACK_REVISION", "STACK_SECCOMP", "STACK_LOG_LEVEL"}
    assert {name for name in used - internal if f"`{name}`" not in page and f"`{name}=" not in page} == set()
    named = set(re.findall(r"`(STACK_\w+)", page)) | set(re.findall(r"`(GRAFANA_\w+)", page))
    assert named <= used | {"STACK_BIND"}


def test_every_setting_of_a_service_can_be_given_in_a_file():
    described = services("compose.yaml")
    for name in ("api", "worker", "synth", "rm"):
        assert described[name]["env_file"] == [
            {"path": "${STACK_SETTINGS:-./settings.env}", "required": False}
        ]
    assert "env_file" not in described["redis"]


@pytest.fixture
def dry_run(tmp_path):
    """Returns what ``make`` would run in a folder with this ``deploy/.env``."""
    if not shutil.which("make"):
        pytest.skip("no make here")

    def run(variables, *arguments):
        (tmp_path / "deploy").mkdir(exist_ok=True)
        (tmp_path / "deploy" / ".env").write_text(variables)
        command = ["make", "--dry-run", "--file", str(ROOT / "Makefile"), *arguments]
        unset = {"EXECUTOR_EXTRAS", "PYTHON_IMAGE", "PIP_INDEX_URL", "MAKEFLAGS", "MAKELEVEL"}
        variables = {name: value for name, value in os.environ.items() if name not in unset}
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
        ).stdout

    return run


def test_make_builds_the_image_that_the_variables_of_the_stack_describe(dry_run):
    variables = "EXECUTOR_TOKEN=k\nEXECUTOR_EXTRAS=cli,executor,scientific\nPYTHON_IMAGE=python:3.13-slim\n"
    built = dry_run(variables, "stack")
    assert "EXTRAS=cli,executor,scientific " in built
    assert "PYTHON_IMAGE=python:3.13-slim " in built
    assert "EXTRAS=cli,executor,graphs " in dry_run(
        variables, "image-executor", "EXECUTOR_EXTRAS=cli,executor,graphs"
    )
    assert "EXTRAS=cli,synth " in dry_run(variables, "image-synth")
    assert "EXTRAS=cli,executor " in dry_run("EXECUTOR_TOKEN=k\n", "image-executor")


def test_make_stops_what_profiles_and_overlays_started(dry_run):
    assert "--profile '*' down --remove-orphans" in dry_run("EXECUTOR_TOKEN=k\n", "stack-down")


def test_the_build_context_holds_what_the_image_copies_and_no_more():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = set()
    for line in (DEPLOY / "docker" / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied.update(line.split()[1:-1])
    assert copied == kept
    assert all((ROOT / name).exists() for name in kept)


SUFFIXES = re.compile(r"_(total|bucket|sum|count|created)$")
METRIC = re.compile(r"\b(?:executor|rm|synth|http)_[a-z_]+")


def expressions():
    rules = yaml.safe_load((DEPLOY / "observe" / "rules.yaml").read_text())
    yield from (rule["expr"] for group in rules["groups"] for rule in group["rules"])
    board = json.loads((DEPLOY / "observe" / "board.json").read_text())
    yield from (target["expr"] for panel in board["panels"] for target in panel.get("targets", []))


def shown_metrics():
    """The names of all metrics that the services show; those of requests come with the library."""
    registry = CollectorRegistry()
    RmMetrics(registry)
    Metrics(registry)
    named = {metric.name for metric in registry.collect()}
    app = create_app(ExecutorSettings(_env_file=None))
    with TestClient(app) as http:
        text = http.get("/metrics").text
        text = http.get("/status").text and http.get("/metrics").text
    return named | {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}


def test_rules_and_board_name_metrics_that_exist():
    source = (ROOT / "services" / "synth" / "app.py").read_text()
    shown = {SUFFIXES.sub("", name) for name in shown_metrics()}
    # Of Redis, which is away here, there is no sample: these are read from the code.
    redis = set(re.findall(r'"(executor_\w+)"', (ROOT / "services/executor/broker/broker.py").read_text()))
    shown |= redis | set(re.findall(r'Gauge\("(synth_\w+)"', source))
    used = {SUFFIXES.sub("", name) for text in expressions() for name in METRIC.findall(text)}
    assert used
    assert used <= shown


def test_every_alert_says_what_to_do():
    rules = yaml.safe_load((DEPLOY / "observe" / "rules.yaml").read_text())
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("critical", "warning")

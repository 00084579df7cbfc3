"""What ``acecoder doctor`` says of machines that differ in what they allow: their files, written to a folder."""

import pytest

from services.executor.local.host import apparmor_profile, read_facts

UBUNTU = {
    "proc/version": "Linux version 6.8.0-31-generic",
    "proc/sys/user/max_user_namespaces": "63000\n",
    "sys/module/apparmor/parameters/enabled": "Y\n",
    "proc/self/attr/current": "unconfined\n",
    "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
    "proc/self/status": "Name:\tpython\nSeccomp:\t0\nSeccomp_filters:\t0\n",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids\n",
}


def facts_of(root, files, **options):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {fact.name: fact for fact in read_facts(root, **{"environment": {}, "is_root": False, **options})}


def test_ubuntu_restricts_user_namespaces_and_the_advice_is_a_profile(tmp_path):
    facts = facts_of(tmp_path, UBUNTU)
    assert "restricted" in facts["apparmor"].text
    assert apparmor_profile() in facts["apparmor"].advice
    assert facts["cgroup version"].text == "2"
    assert [name for name, fact in facts.items() if fact.advice] == ["apparmor"]


def test_the_default_profile_of_a_container_engine_forbids_mounts(tmp_path):
    files = {**UBUNTU, "proc/self/attr/current": "docker-default (enforce)", ".dockerenv": ""}
    facts = facts_of(tmp_path, files)
    assert facts["container"].text == "in a container of Docker"
    assert "docker-default" in facts["apparmor"].text
    assert "apparmor=unconfined" in facts["apparmor"].advice


@pytest.mark.parametrize(
    ("name", "value", "is_root", "advised"),
    [
        ("proc/sys/user/max_user_namespaces", "0", True, True),
        ("proc/sys/user/max_user_namespaces", "0", False, True),
        ("proc/sys/kernel/unprivileged_userns_clone", "0", False, True),
        ("proc/sys/kernel/unprivileged_userns_clone", "0", True, False),
        ("proc/sys/kernel/unprivileged_userns_clone", "1", False, False),
    ],
)
def test_user_namespaces_that_are_off(tmp_path, name, value, is_root, advised):
    facts = facts_of(tmp_path, {name: value}, is_root=is_root)
    assert bool(facts["user namespaces"].advice) == advised


def test_a_filter_of_the_container_is_named(tmp_path):
    facts = facts_of(tmp_path, {"proc/self/status": "Seccomp:\t2\nSeccomp_filters:\t1\n"})
    assert facts["seccomp"].text.startswith("1 filter(s)")


def test_gvisor_is_known_by_its_kernel(tmp_path):
    version = "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016"
    assert "gVisor" in facts_of(tmp_path, {"proc/version": version})["container"].text


def test_a_machine_without_any_of_these_files_has_no_advice(tmp_path):
    facts = facts_of(tmp_path, {})
    assert not any(fact.advice for fact in facts.values())
    assert "apparmor" not in facts
    assert facts["cgroup version"].text.startswith("none")


def test_cgroups_without_a_controller_that_a_jail_needs(tmp_path):
    facts = facts_of(tmp_path, {"sys/fs/cgroup/cgroup.controllers": "hugetlb pids"})
    assert facts["cgroup version"].text == "2, without memory"

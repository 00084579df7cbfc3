"""Which profile the worker's privileges lead to."""

import subprocess

import pytest

from clients.contract import IsolationProfile
from services.executor.sandbox.backends import privileges


@pytest.mark.parametrize(
    ("exit_code", "can"), [(0, True), (privileges._REFUSED, False), (-9, True), (1, True)]
)
def test_only_a_refusal_by_the_kernel_means_that_there_are_no_user_namespaces(monkeypatch, exit_code, can):
    """A probe that was killed must not lower the profile."""
    ended = subprocess.CompletedProcess([], exit_code)
    monkeypatch.setattr(privileges.subprocess, "run", lambda *_, **__: ended)
    assert privileges.can_make_user_namespaces() is can


def test_capabilities_of_a_users_own_namespace_are_weaker_than_the_hosts(monkeypatch, tmp_path):
    table = tmp_path / "map"
    monkeypatch.setattr(privileges, "MAPS", (table, table))
    table.write_text("0 0 4294967295\n")
    assert privileges.profile_of_capabilities() is IsolationProfile.B
    table.write_text("0 100000 65536\n")
    assert privileges.profile_of_capabilities() is IsolationProfile.C

"""The first message of a zygote, however long, and a zygote that exits without one."""

import pytest

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox


def test_every_module_that_cannot_be_imported_is_named(tmp_path):
    """The message is longer than a page of memory."""
    names = tuple(f"no_such_module_{n}" for n in range(300))
    environment = EnvironmentSpec("mine", modules=names, paths=(str(tmp_path),))
    sandbox = open_sandbox(BackendName.UNSAFE_PROCESS, environment)
    with pytest.raises(SandboxUnavailable) as caught:
        sandbox.start()
    assert all(f"No module named '{name}'" in str(caught.value) for name in names)


def test_a_zygote_that_exits_without_a_message_is_reported_with_its_log(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'out of order' >&2\n")
    python.chmod(0o755)
    sandbox = open_sandbox(BackendName.UNSAFE_PROCESS, EnvironmentSpec("mine", python=str(python)))
    with pytest.raises(SandboxUnavailable, match="the jail did not start: out of order"):
        sandbox.start()

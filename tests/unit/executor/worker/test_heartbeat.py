"""Worker slots are file locks in a folder that only this user may enter."""

import os

import pytest

from services.executor.worker.heartbeat import claim_slot, slot_folder


def test_two_workers_never_share_a_slot():
    one, file = claim_slot()
    other, second = claim_slot()
    with file, second:
        assert one != other


def test_the_folder_is_this_users_alone(tmp_path):
    folder = slot_folder([tmp_path / "missing", tmp_path])
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert slot_folder([tmp_path]) == folder


@pytest.mark.parametrize("plant", ["open to all", "a link", "a file", "another's"])
def test_a_folder_that_other_users_may_enter_is_refused(tmp_path, plant):
    folder = tmp_path / f"acecoder-slots-{os.getuid()}"
    if plant == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    elif plant == "a file":
        folder.touch(mode=0o600)
    else:
        folder.mkdir(mode=0o700)
        if plant == "open to all":
            folder.chmod(0o777)
        elif os.getuid() != 0:
            pytest.skip("only root can give a folder to another")
        else:
            os.chown(folder, 12345, 12345)
    with pytest.raises(RuntimeError, match="remove it"):
        slot_folder([tmp_path])

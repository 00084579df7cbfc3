"""Slots are file locks in a folder that only this user may enter, and leases in Redis; cores are leases."""

import os

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.executor.worker import placement
from services.executor.worker.placement import choose_core, claim_slot, place, slot_folder


def test_two_workers_never_share_a_slot():
    one, file = claim_slot()
    other, second = claim_slot()
    with file, second:
        assert one != other


def test_a_slot_that_a_worker_in_another_container_has_is_passed_over():
    lowest, first = claim_slot()
    with first:
        slot, file = claim_slot(lambda slot: slot > lowest + 2)
        with file:
            assert slot > lowest + 2


@pytest.fixture
def cores():
    """The cores of this process, which may pin itself inside the test."""
    cores = os.sched_getaffinity(0)
    yield cores
    os.sched_setaffinity(0, cores)


def test_workers_of_one_kernel_get_slots_and_cores_of_their_own(redis_server, monkeypatch, tmp_path, cores):
    """Each "container" has lock files of its own, so that only the leases keep its worker from the others."""
    placements = []
    with Redis.from_url(redis_server.url) as redis:
        for number in range(len(cores) + 1):
            os.sched_setaffinity(0, cores)
            (folder := tmp_path / str(number)).mkdir()
            monkeypatch.setattr(placement, "slot_folder", lambda _parents, folder=folder: folder)
            placements.append(place(redis, f"worker-{number}"))
            assert os.sched_getaffinity(0) == {placements[-1].core}
        assert redis.mget(placements[1].leases) == [b"worker-1"] * 2
    assert [one.slot for one in placements] == list(range(len(cores) + 1))
    assert {one.core for one in placements[:-1]} == cores
    for one in placements:
        one.file.close()


def test_without_redis_the_file_locks_decide(cores, tmp_path):
    with Redis.from_url(f"unix://{tmp_path}/none.sock", retry=Retry(NoBackoff(), 0)) as redis:
        placed = place(redis, "worker")
    with placed.file:
        assert placed.leases == []
        assert placed.core in cores


def test_a_core_of_the_cpuset_with_the_fewest_workers_is_chosen():
    taken = {(4, 0), (9, 0), (9, 1)}
    assert choose_core([4, 7, 9], 0, lambda core, nth: (core, nth) not in taken) == 7
    assert choose_core([4, 9], 0, lambda core, nth: (core, nth) not in taken) == 4
    assert choose_core([4, 9], 3, lambda *_: True) == 9
    assert choose_core([4, 9], 3, lambda *_: False) == 9


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

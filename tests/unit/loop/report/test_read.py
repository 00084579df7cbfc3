"""The results of a run are read as far as it got."""

import json

from loop.folder import RunFolder
from loop.report import read_loop_results
from tests.unit.loop.report import invented


def test_an_empty_folder_is_a_run_without_results(tmp_path):
    results = read_loop_results(RunFolder(tmp_path), name="x", seed=4)
    assert (results.world, results.rl, results.wall_s, results.seed) == (None, None, {}, 4)


def test_steps_monitor_and_times_are_read(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_results("world", invented.world())
    folder.write_results("synthesise", invented.dataset())
    folder.write_results("rl", invented.rl())
    for step, wall_s in {"rl": 3.0, "report": 1.0, "world": 12.5}.items():
        folder.mark_done(step, "digest", wall_s)
    steps = folder.rl("rule") / "rewards.jsonl"
    steps.parent.mkdir(parents=True)
    steps.write_text(json.dumps({"step": 1, "reward": 0.5}) + '\n{"step": 2, "rew')  # killed while it wrote
    results = read_loop_results(folder, name="x", seed=0, machine="m")
    assert results.world == invented.world()
    assert results.dataset == invented.dataset()
    assert results.monitor_steps == {"rule": [{"step": 1, "reward": 0.5}]}
    assert list(results.wall_s.items()) == [("world", 12.5), ("rl", 3.0)]
    assert results.machine == "m"

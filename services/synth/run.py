"""Makes the data set of a configuration: reads seeds, runs the stages, writes the files. Resumes where it stopped.

The folder of a run holds everything: ``run.sqlite`` (rows), ``replies.sqlite`` (the replies of models; a rerun pays for
none twice), ``seeds.json`` (which rows of the sources are no seeds, and why), ``dataset/`` (the files), ``config.yaml``
(a copy of the configuration).
"""

import gc
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import anyio

from clients.pairs import PairReport
from clients.runs.folder_lock import LOCK, locked
from services.synth.config import RunConfig, open_backends
from services.synth.curation.card import card_markdown, stage_yields, write_card
from services.synth.curation.contamination import write_contamination, write_seed_matches
from services.synth.curation.export import write_statistics
from services.synth.curation.files import write_dataset
from services.synth.curation.statistics import RunStatistics
from services.synth.decontamination.benchmarks import BenchmarkProblem, read_benchmarks
from services.synth.decontamination.matches import BenchmarkIndex
from services.synth.decontamination.seed_check import SeedCheck
from services.synth.llm.cache import ReplyCache, Spent
from services.synth.pipeline.runner import RunProgress, call_with_pauses, run_rows
from services.synth.pipeline.store import RowState, RunStore
from services.synth.seeds.read import read_seeds
from services.synth.seeds.rejections import SeedCounts
from services.synth.stages.decontaminate import DecontaminateOptions
from services.synth.stages.programs import read_runner_version

ROWS, REPLIES, SEEDS, DATASET, CONFIG = "run.sqlite", "replies.sqlite", "seeds.json", "dataset", "config.yaml"
LOG = "run.log"

YOUNG_OBJECTS = 20_000
"""New objects before the garbage collector looks at them; Python's own number is 700. Syntax trees and answers of the
executor are thousands of objects each, nearly all of which die without it. 20,000 objects are a few megabytes."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run has made."""

    folder: Path
    statistics: RunStatistics
    pairs: PairReport


def make_dataset(
    config: RunConfig, config_path: Path, folder: Path, progress: RunProgress, *, restart: bool = False
) -> RunResult:
    """Run ``config`` in ``folder``, or resume it there, and write the data set.

    ``restart`` forgets the rows of an earlier run, and keeps the replies of models.

    Raises:
        ValueError: a setting is wrong, the folder belongs to another configuration or another version of the
            executor's runner, or is in use, no seed can be used, or the executor refuses every row
            (``RunStoppedError``).
        OSError: a file cannot be written.
    """
    if not config.seeds:
        raise ValueError("seeds: required; name a file or a data set of seeds")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, "run"), _fewer_collections(), ExitStack() as exits:
        if restart:
            for path in folder.glob(f"{ROWS}*"):  # with SQLite's own files beside it
                path.unlink()
        store = exits.enter_context(RunStore(folder / ROWS))
        store.claim(config.fingerprint())
        if config_path.resolve() != (folder / CONFIG).resolve():
            shutil.copyfile(config_path, folder / CONFIG)
        if not store.count():
            _add_seeds(config, store, folder)
        anyio.run(_run, config, store, folder, progress)
        return write_files(config, store, folder)


def check_folder(folder: Path, config_path: Path) -> None:
    """Check that a folder is new, empty, or holds a run, before anything is written there.

    The folder of the configuration may hold other files; then those that a run writes must not be there.

    Raises:
        ValueError: the folder holds something else; the message says what.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; give -o the name of a folder")
    if not folder.is_dir() or any((folder / name).is_file() for name in (ROWS, REPLIES)):
        return
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    foreign = [name for name in names if name not in (LOCK, LOG)]
    if config_path.resolve().parent == folder.resolve():
        foreign = [name for name in foreign if name in (SEEDS, DATASET, CONFIG) and name != config_path.name]
    if foreign:
        some = ", ".join(foreign[:3]) + (", …" if len(foreign) > 3 else "")
        raise ValueError(
            f"{folder} holds files that no run wrote ({some}); give -o a new or empty folder, or that of an earlier run"
        )


def _add_seeds(config: RunConfig, store: RunStore, folder: Path) -> None:
    """Read all seeds into the store, and write ``seeds.json``: what was left out and why."""
    counts = [SeedCounts() for _ in config.seeds]
    problems = _problems(config)
    check = SeedCheck(BenchmarkIndex(problems)) if problems else None
    sources = [read_seeds(source, count, check) for source, count in zip(config.seeds, counts, strict=True)]
    store.add_seeds(chain.from_iterable(sources))
    if check:
        write_seed_matches(folder, check)
    report = [
        {"source": source.source, **count.as_json()}
        for source, count in zip(config.seeds, counts, strict=True)
    ]
    (folder / SEEDS).write_text(json.dumps(report, indent=1), encoding="utf-8")
    if not store.count():
        reasons = "; ".join(count.with_examples() for count in counts)
        raise ValueError(f"seeds: none can be used: {reasons} (see {folder / SEEDS})")


async def _run(config: RunConfig, store: RunStore, folder: Path, progress: RunProgress) -> None:
    with ReplyCache(folder / REPLIES) as cache:

        def on_pause(reason: str, pause_s: float) -> None:
            progress.paused("models", reason, pause_s)

        async with open_backends(config, cache, on_pause) as (backends, pools):
            for pool in pools:
                await pool.check()
            if store.counts()[RowState.ACTIVE] and (environment := config.judging_environment()):
                ask = partial(read_runner_version, backends.executor, environment)
                store.claim_runner(await call_with_pauses("executor", ask, progress))
            gc.freeze()  # benchmarks and modules stay until the end; without it each full collection visits them
            try:
                await run_rows(store, config.make_stages(), backends, progress, at_once=config.at_once)
            finally:
                gc.unfreeze()


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Let the garbage collector run less often while the block lasts: it took 7 % of the CPU time of a run."""
    thresholds = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _without_paths(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON in which files and folders of this machine have their names alone: the card may be published."""
    if isinstance(value, dict):
        return {key: _without_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_paths(item) for item in value]
    return Path(value).name if isinstance(value, str) and value.startswith(("/", "./", "../", "~")) else value


def write_files(config: RunConfig, store: RunStore, folder: Path) -> RunResult:
    """Write the data set and its card of what the run has finished so far.

    Raises:
        OSError: a file cannot be written.
    """
    target = folder / DATASET
    statistics, pairs = write_dataset(store, target, config.curation, config.stage_names())
    settings = config.model_dump(
        mode="json", exclude={"models": {"__all__": {"endpoints"}}, "executor": True}, by_alias=True
    )
    text = card_markdown(
        config.name,
        statistics,
        pairs,
        stage_yields(store.yields()),
        _spent(folder / REPLIES),
        _without_paths(settings),
        [_without_paths(count) for count in _seed_counts(folder / SEEDS)],
        store.runner_version(),
    )
    write_card(target, text, statistics)
    write_statistics(target, stage_yields(store.yields()), _spent(folder / REPLIES), statistics, pairs)
    if problems := _problems(config):
        write_contamination(store, folder, target, problems)
    return RunResult(target, statistics, pairs)


def _problems(config: RunConfig) -> list[BenchmarkProblem]:
    """Return the problems of the benchmarks that the stage ``decontaminate`` compares with; it reports bad rows."""
    options: DecontaminateOptions | None = getattr(config.stages, "decontaminate_options", None)
    return read_benchmarks(options.benchmarks, lambda _: None) if options else []


def _spent(path: Path) -> list[Spent]:
    """Return what all runs of the folder have asked of models, by purpose and model."""
    with ReplyCache(path) as cache:
        return cache.spent()


def _seed_counts(path: Path) -> list[dict[str, Any]]:
    """Return the entries of ``seeds.json``; none if there is no such file."""
    counts: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return counts

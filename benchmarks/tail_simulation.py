"""Predicts how long an RL group waits for its last verdict if some of its programs loop, by ways of sharing the work.

    python -m benchmarks.tail_simulation [--loop-s 2.6]

Groups of 8 and 16 programs of one question, and of 64 of eight, go to an idle stack. Some, chosen by chance, loop.
The ways: chunks as they are cut, with and without the programs behind a long one being given to other workers; smaller
chunks; and what no way can beat: each program known before, and the loops begun first.

A chunk and a program cost a worker what ``scale_costs.json`` says. Not modelled: other requests, faults, other work on
the machine.
"""

import argparse
import random
import statistics
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import simpy

from benchmarks.scale_costs import chunk_sizes
from benchmarks.scale_model import recorded_costs

GROUPS = ((1, 8), (1, 16), (8, 8))
"""Questions and samples of each."""
LOOPS, WORKERS = (0, 1, 2, 4), (2, 4, 8, 16)
ROUNDS = 200
"""Random positions of the loops: the mean of as many moves by some percent from run to run."""
SEND_S = 0.004
"""From a request, or from programs that are given back, to the worker that takes the first chunk."""
Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of sharing the work of a group."""

    pieces_per_worker: int = 1
    """Into how many more pieces than now a request is cut."""
    long_s: float = 0.0
    """How long a program computes until those behind it are given back; 0: they never are."""
    is_cut: bool = False
    """Whether what is given back is cut for all workers, as a request is."""


WAYS = {
    "never given back": Way(),
    "chunks half as large": Way(2),
    "one program in a chunk": Way(64),
    "given back after 1 s, as one chunk": Way(long_s=1),
    "given back after 0.25 s, as one chunk": Way(long_s=0.25),
    "given back after 0.1 s, as one chunk": Way(long_s=0.1),
    "given back after 0.1 s, cut": Way(long_s=0.1, is_cut=True),
}


class Group:
    """One group that is judged on an idle stack."""

    def __init__(
        self, way: Way, workers: int, chunks: Sequence[list[float]], costs: dict[str, float]
    ) -> None:
        self._env = simpy.Environment()
        self._way, self._workers, self._costs = way, workers, costs
        self._queue = simpy.Store(self._env)
        self._left = sum(map(len, chunks))
        self._done = self._env.event()
        self.busy_s = 0.0
        """What all workers computed."""
        self._env.process(self._send(chunks))
        for _ in range(workers):
            self._env.process(self._work())

    def run(self) -> float:
        """Return the seconds from the request to the last verdict."""
        self._env.run(self._done)
        return float(self._env.now)

    def _send(self, chunks: Sequence[list[float]]) -> Steps:
        yield self._env.timeout(SEND_S)
        for chunk in chunks:
            self._queue.put(chunk)

    def _work(self) -> Steps:
        while True:
            programs = list((yield self._queue.get()))
            yield from self._compute(self._costs["chunk"])
            while programs:
                yield from self._judge(programs.pop(0), programs)
                self._left -= 1
                if not self._left:
                    self._done.succeed()

    def _judge(self, seconds: float, behind: list[float]) -> Steps:
        """Judge a program; empty ``behind`` when the programs behind it are given back."""
        while self._way.long_s and seconds > self._way.long_s:
            seconds -= self._way.long_s
            yield from self._compute(self._way.long_s)
            if behind and not self._queue.items:
                size = -(-len(behind) // self._workers) if self._way.is_cut else len(behind)
                self._env.process(self._send([behind[at : at + size] for at in range(0, len(behind), size)]))
                behind.clear()
        yield from self._compute(seconds)

    def _compute(self, seconds: float) -> Steps:
        self.busy_s += seconds
        yield self._env.timeout(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--loop-s", type=float, default=2.6, help="seconds of a program that loops")
    loop_s = parser.parse_args().loop_s
    costs = recorded_costs()["per"]["worker_cpu_s"]
    print(
        f"| group, workers, way | {' | '.join(f'{loops} loops' for loops in LOOPS)} | ms of workers without |"
    )
    print("|---" * (len(LOOPS) + 2) + "|")
    for questions, samples in GROUPS:
        for workers in WORKERS:
            for name, way in WAYS.items():
                _print_row(
                    f"{questions} × {samples}, {workers}, {name}",
                    way,
                    workers,
                    questions,
                    samples,
                    costs,
                    loop_s,
                )
            best = [f"{_best(questions * samples, loops, workers, costs, loop_s):.2f}" for loops in LOOPS]
            print(f"| {questions} × {samples}, {workers}, known before | {' | '.join(best)} | |")


def _print_row(
    name: str, way: Way, workers: int, questions: int, samples: int, costs: dict[str, float], loop_s: float
) -> None:
    cells, idle_ms = [], 0.0
    for loops in LOOPS:
        groups = [
            Group(way, workers, _chunks(way, workers, questions, samples, loops, costs, loop_s, seed), costs)
            for seed in range(ROUNDS)
        ]
        seconds = [group.run() for group in groups]
        cells.append(
            f"{statistics.mean(seconds):.2f} ({max(seconds):.2f})"
            if loops
            else f"{statistics.mean(seconds):.3f}"
        )
        idle_ms = idle_ms if loops else 1000 * statistics.mean(group.busy_s for group in groups)
    print(f"| {name} | {' | '.join(cells)} | {idle_ms:.0f} |")


def _chunks(
    way: Way,
    workers: int,
    questions: int,
    samples: int,
    loops: int,
    costs: dict[str, float],
    loop_s: float,
    seed: int,
) -> list[list[float]]:
    programs = [loop_s] * loops + [costs["program"]] * (questions * samples - loops)
    random.Random(seed).shuffle(programs)
    sizes = chunk_sizes(questions, samples, workers * way.pieces_per_worker)
    return [[programs.pop() for _ in range(size)] for size in sizes]


def _best(programs: int, loops: int, workers: int, costs: dict[str, float], loop_s: float) -> float:
    """Return the time if each program is its own chunk, and the loops are begun first."""
    free = [SEND_S] * workers
    for seconds in [loop_s] * loops + [costs["program"]] * (programs - loops):
        free.sort()
        free[0] += seconds
    return max(free) + costs["chunk"]


if __name__ == "__main__":
    main()

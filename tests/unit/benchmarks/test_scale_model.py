"""The simulated stack is as fast as its slowest part, whatever that is."""

import pytest

from benchmarks.scale_costs import chunk_sizes
from benchmarks.scale_model import RequestShape, StackModel, StackShape, recorded_costs


def costs_of(**program_s):
    """Costs of a program alone, in the processes that are named."""
    names = ("api_cpu_s", "redis_cpu_s", "worker_cpu_s", "client_cpu_s", "redis_reads")
    per = {name: {"request": 0.0, "chunk": 0.0, "program": program_s.get(name, 0.0)} for name in names}
    scan = {"redis_cpu_s": 0.0, "api_cpu_s": 0.0}
    return {"per": per, "idle_per_s": {"redis_cpu_s": 0.0}, "scan": scan, "run_quantiles": [1.0]}


def rate(shape, costs, clients=40):
    load = RequestShape([4] * 8, clients)
    return StackModel(costs, shape, load).run(20, 5).programs_per_s


@pytest.mark.parametrize(("workers", "expected"), [(1, 100), (7, 700)])
def test_workers_alone_are_a_multiple_of_one(workers, expected):
    assert rate(StackShape(workers), costs_of(worker_cpu_s=0.01)) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(("shape", "expected"), [(StackShape(50), 200), (StackShape(50, apis=2), 400)])
def test_one_api_process_bounds_many_workers(shape, expected):
    costs = costs_of(worker_cpu_s=0.01, api_cpu_s=0.005)
    assert rate(shape, costs) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize(
    ("shape", "expected"), [(StackShape(50, apis=2), 500), (StackShape(50, apis=2, redis=2), 1000)]
)
def test_one_redis_bounds_many_workers_and_api_processes(shape, expected):
    costs = costs_of(worker_cpu_s=0.01, redis_cpu_s=0.002)
    assert rate(shape, costs) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize(("taken", "expected"), [(0.0, 200), (1.0, 100)])
def test_workers_share_the_cores_that_there_are(taken, expected):
    shape = StackShape(workers=6, cores=2, taken_cores=taken)
    assert rate(shape, costs_of(worker_cpu_s=0.01)) == pytest.approx(expected, rel=0.03)


def test_a_load_below_the_capacity_waits_little_and_is_answered_in_full():
    model = StackModel(costs_of(worker_cpu_s=0.01), StackShape(10), RequestShape([1], rate_per_s=100))
    seen = model.run(50, 5)
    assert seen.programs_per_s == pytest.approx(100, rel=0.1)
    assert max(seen.queue_s) < 0.05


def test_a_batch_takes_as_long_as_its_slowest_part():
    model = StackModel(costs_of(worker_cpu_s=0.01), StackShape(4), RequestShape([5] * 8))
    assert model.run_batch(3) == pytest.approx(3 * 40 * 0.01 / 4)


def test_the_recorded_costs_have_all_that_the_model_reads():
    sizes = chunk_sizes(problems=4, samples=8, workers=4)
    assert sum(sizes) == 32
    assert StackModel(recorded_costs(), StackShape(4), RequestShape(sizes, clients=4)).run(2, 1).programs > 0

"""A real vLLM, as a server and in the service's process, against the torch engine in float32.

``make compat-vllm`` makes the environment that ``ACECODER_VLLM_PYTHON`` names; without it the tests skip. If
``ACECODER_RM_DECODER`` names the folder of a real decoder, that decoder with a random head is scored too.
"""

import json
import math
import os
import shutil
import signal
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="not installed here: torch; see 'make compat-vllm'")
pytest.importorskip("psutil", reason="not installed here: psutil; see 'make compat-vllm'")

import httpx2
import psutil
import torch

from clients import RewardModel
from services.rm.app import create_app, make_backend
from services.rm.models.loader import load
from services.rm.settings import RmSettings
from services.rm.training.choices import Layout
from services.rm.training.convert import convert
from tests.conftest import wait_until
from tests.support.serving import serving
from tests.support.vllm_models import BIAS, LIMIT, save_real, save_small
from tests.support.vllm_process import running, service_with_vllm, vllm_server
from tests.unit.rm import fake_servers

PYTHON = Path(os.environ.get("ACECODER_VLLM_PYTHON", "")).absolute()
pytestmark = pytest.mark.skipif(
    not PYTHON.is_file(),
    reason="ACECODER_VLLM_PYTHON names no Python that has vLLM; 'make compat-vllm' makes one",
)
REAL = os.environ.get("ACECODER_RM_DECODER", "")
TOLERANCE = 1e-4
"""Both compute in float32, in another order. Measured on a 0.5B model: 1.1e-5."""
PROMPTS = ["Double it.", "Write a function that adds two numbers, please.", "Sort a list. " * 8]


def answers(prompt, count=6):
    """Return candidates of several lengths; the last one repeats the prompt."""
    body = "def f(x):\n    return x * "
    return [f"{body}{number}" + "\n    # more" * number for number in range(count)] + [prompt]


def export(original, folder):
    """Write the layout that vLLM serves, and return its folder."""
    assert convert(str(original), folder, Layout.CLASSIFICATION, dtype="float32") == pytest.approx(BIAS)
    return folder


def engine_scores(original):
    """Return a function: token ids of candidates → the torch engine's scores."""
    engine = load(str(original), dtype="float32", device="cpu")

    def scores(sequences):
        with torch.inference_mode():
            return engine.scorer.scores([tuple(ids) for ids in sequences], 2048).tolist()

    return scores


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original")
    save_small(folder)
    return folder


@pytest.fixture(scope="module")
def exported(original, tmp_path_factory):
    return export(original, tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture(scope="module")
def expected(original):
    return engine_scores(original)


@pytest.fixture(scope="module")
def server(exported, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "log"
    with running(vllm_server(PYTHON, exported, log, limit=LIMIT)) as process:
        yield process


@contextmanager
def served(server_url, tokenizer, **settings):
    """Run the service in front of a vLLM server, and yield its URL."""
    chosen = RmSettings(
        model="rm",
        backend="vllm-server",
        server_url=server_url,
        tokenizer=str(tokenizer),
        deadline_s=300,
        _env_file=None,
        **settings,
    )
    with serving(create_app(chosen, make_backend(chosen))) as url:
        yield url


@pytest.fixture
def service(server, exported):
    with served(server.base, exported, server_concurrency=32) as url, RewardModel(url) as model:
        yield model


def largest_difference(model, expected, groups, **options):
    """Score groups, and return the largest difference from the engine's scores of the same tokens.

    In groups whose scores spread by more than 1 it is a fraction of the spread: rounding errors grow with the scores.
    """
    rendered = model.render(groups, **options).groups
    scored = model.score_groups(groups, **options).groups
    differences = []
    for text, group in zip(rendered, scored, strict=True):
        engine = expected([candidate.token_ids for candidate in text.candidates])
        assert [score.error for score in group.scores] == [None] * len(engine)
        spread = max(engine) - min(engine)
        assert spread > 100 * TOLERANCE, "else the test shows little"
        pairs = zip(group.scores, engine, strict=True)
        differences += [abs(score.score - value) / max(spread, 1) for score, value in pairs]
    return max(differences)


def test_scores_of_the_server_are_those_of_the_engine(service, expected):
    groups = [{"prompt": prompt, "candidates": answers(prompt)} for prompt in PROMPTS]
    assert largest_difference(service, expected, groups) < TOLERANCE


def test_many_candidates_at_once(service, expected):
    groups = [{"prompt": f"Number {n}.", "candidates": answers(f"{n}", 9)} for n in range(20)]
    assert largest_difference(service, expected, groups) < TOLERANCE


def test_a_shortened_candidate_has_the_score_of_its_tokens(service, expected):
    group = {"prompt": "Q", "candidates": ["short", "long " * 2 * LIMIT]}
    assert largest_difference(service, expected, [group], truncation="middle") < TOLERANCE


def test_a_candidate_that_is_too_long(service, server, exported):
    long = {"prompt": "Q", "candidates": ["long " * 2 * LIMIT, "short"]}
    first, second = service.score_groups([long]).groups[0].scores
    assert f"the model takes {LIMIT}" in first.error
    assert second.error is None
    with served(server.base, exported, max_tokens=100_000) as url, RewardModel(url) as model:
        first, second = model.score_groups([long]).groups[0].scores
    assert f"maximum context length is {LIMIT}" in first.error
    assert (first.retryable, second.error) == (False, None)


def classify(server, **fields):
    body = {"model": "rm", "input": [1, 2, 3, 256], "add_special_tokens": False, **fields}
    return httpx2.post(f"{server.base}/classify", json=body, timeout=120, trust_env=False)


def prob(server, **fields):
    return classify(server, **fields).json()["data"][0]["probs"][0]


def test_an_exported_model_gives_raw_scores_to_every_client_of_the_server(server, expected):
    (raw,) = expected([[1, 2, 3, 256]])
    assert prob(server) == prob(server, use_activation=False) == pytest.approx(raw, abs=TOLERANCE)


def shape(value):
    """Return the names and types of a JSON value."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize(
    "fields",
    [{}, {"use_activation": False}, {"input": [1] * 2 * LIMIT}, {"model": "another"}],
    ids=["activated", "raw", "too long", "another model"],
)
def test_the_fake_of_the_unit_tests_answers_as_this_server(server, fields):
    real = classify(server, **fields)
    body = {"model": fake_servers.MODEL, "input": [1, 2, 3, 256], "add_special_tokens": False, **fields}
    status, fake = fake_servers.classify("/classify", body)
    assert (status, shape(fake)) == (real.status_code, shape(real.json()))


@pytest.fixture(scope="module")
def classifier(exported, tmp_path_factory):
    """The same model with the configuration of an ordinary classifier, to whose scores vLLM applies the logistic function."""
    folder = tmp_path_factory.mktemp("classifier") / "model"
    shutil.copytree(exported, folder)
    config = json.loads((folder / "config.json").read_text())
    del config["problem_type"]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_server_that_is_killed_and_started_again(classifier, expected, tmp_path):
    """Every candidate gets the right score or a retryable error. With the new server all get their scores."""
    process = vllm_server(PYTHON, classifier, tmp_path / "first", limit=LIMIT)
    port = int(process.base.rpartition(":")[2])
    group = {"prompt": "Q", "candidates": answers("Q", 40)}
    with served(process.base, classifier, server_concurrency=2) as url, RewardModel(url) as model:
        with running(process):
            (text,) = model.render([group]).groups
            engine = expected([candidate.token_ids for candidate in text.candidates])
            results = results_while_killed(url, group, process)
        assert any(result["error"] for result in results), "it was killed after the last score"
        for result, score in zip(results, engine, strict=True):
            if result["error"] is None:
                assert result["score"] == pytest.approx(score, abs=TOLERANCE)
            else:
                assert (result["score"], result["retryable"]) == (None, True)
        assert httpx2.get(f"{url}/readyz").status_code == 503
        with running(vllm_server(PYTHON, classifier, tmp_path / "second", limit=LIMIT, port=port)) as second:
            assert httpx2.get(f"{url}/readyz").json() == {"model": "ok"}
            assert largest_difference(model, expected, [group]) < TOLERANCE
            (raw,) = expected([[1, 2, 3, 256]])
            assert prob(second) == pytest.approx(1 / (1 + math.exp(-raw)), abs=TOLERANCE)


def results_while_killed(url, group, process):
    """Score a group, kill the vLLM server after its first scores, and return the results."""
    responses = []

    def score():
        responses.append(httpx2.post(f"{url}/v1/scores", json={"groups": [group]}, timeout=300))

    caller = threading.Thread(target=score)
    caller.start()
    metric = 'rm_candidates_total{outcome="scored"}'
    wait_until(lambda: metric in httpx2.get(f"{url}/metrics").text, timeout_s=300)
    process.kill()
    caller.join()
    return responses[0].json()["groups"][0]["scores"]


@pytest.fixture(scope="module")
def in_process(classifier, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "log"
    with running(service_with_vllm(PYTHON, classifier, log, max_tokens=LIMIT)) as process:
        yield process


def test_vllm_in_the_services_process(in_process, expected, classifier):
    with RewardModel(in_process.base) as model:
        groups = [{"prompt": prompt, "candidates": answers(prompt)} for prompt in PROMPTS]
        assert largest_difference(model, expected, groups) < TOLERANCE
        shortened = {"prompt": "Q", "candidates": ["a", "b " * LIMIT]}
        assert largest_difference(model, expected, [shortened], truncation="middle") < TOLERANCE
        (too_long,) = model.score_groups([{"prompt": "Q", "candidates": ["b " * LIMIT]}]).groups[0].scores
        assert f"the model takes {LIMIT}" in too_long.error
        info = model.model()
    assert (info.backend, info.max_tokens) == ("vLLM", LIMIT)
    assert info.version == load(str(classifier), dtype="float32", device="cpu").version
    assert 'rm_candidates_total{outcome="scored"}' in httpx2.get(f"{in_process.base}/metrics").text


@contextmanager
def scoring(url):
    """A large group is being scored while the block runs; its answer does not matter."""

    def score():
        candidates = [f"{number} " * 100 for number in range(2000)]
        with suppress(httpx2.HTTPError):
            httpx2.post(
                f"{url}/v1/scores", json={"groups": [{"prompt": "Q", "candidates": candidates}]}, timeout=300
            )

    caller = threading.Thread(target=score)
    caller.start()
    metric = 'rm_candidates_total{outcome="scored"}'  # one candidate of a group is scored before the others
    wait_until(lambda: metric in httpx2.get(f"{url}/metrics", timeout=60).text, timeout_s=120)
    yield
    caller.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_vllms_processes_end_with_the_service(exported, tmp_path, number):
    with running(service_with_vllm(PYTHON, exported, tmp_path / "log", max_tokens=LIMIT)) as process:
        descendants = process.descendants()
        assert descendants, "vLLM has processes of its own"
        with scoring(process.base):
            process.child.send_signal(number)
            process.child.wait(60)
        _, alive = psutil.wait_procs(descendants, timeout=30)
    assert alive == []


def test_a_service_that_is_stopped_while_vllm_loads_leaves_no_process(exported, tmp_path):
    process = service_with_vllm(PYTHON, exported, tmp_path / "log", max_tokens=LIMIT)
    descendants = wait_until(process.descendants, timeout_s=300)
    process.child.send_signal(signal.SIGTERM)
    process.child.wait(120)
    _, alive = psutil.wait_procs(descendants, timeout=60)
    assert alive == []


def test_an_engine_that_dies_gives_errors_and_no_scores(exported, tmp_path):
    with running(service_with_vllm(PYTHON, exported, tmp_path / "log", max_tokens=LIMIT)) as process:
        for child in process.descendants():
            child.kill()
        body = {"groups": [{"prompt": "Q", "candidates": ["a"]}], "deadline_s": 250}
        response = httpx2.post(f"{process.base}/v1/scores", json=body, timeout=300).json()
        (score,) = response["groups"][0]["scores"]
        assert (score["score"], score["retryable"]) == (None, True)
        assert "vLLM's engine died" in score["error"]
        assert httpx2.get(f"{process.base}/readyz", timeout=30).status_code == 503


@pytest.mark.skipif(not REAL, reason="ACECODER_RM_DECODER names no folder of a real decoder")
def test_a_real_decoder_has_the_engines_scores(tmp_path):
    save_real(Path(REAL), tmp_path / "original")
    exported = export(tmp_path / "original", tmp_path / "exported")
    expected = engine_scores(tmp_path / "original")
    groups = [{"prompt": prompt, "candidates": answers(prompt)} for prompt in PROMPTS]
    with (
        running(vllm_server(PYTHON, exported, tmp_path / "server", limit=LIMIT)) as process,
        served(process.base, exported) as url,
        RewardModel(url) as model,
    ):
        over_http = largest_difference(model, expected, groups)
    with (
        running(service_with_vllm(PYTHON, exported, tmp_path / "service", max_tokens=LIMIT)) as process,
        RewardModel(process.base) as model,
    ):
        in_process = largest_difference(model, expected, groups)
    print(
        f"largest difference of {sum(len(group['candidates']) for group in groups)} scores: "
        f"{over_http:.1e} by the server, {in_process:.1e} in process, as parts of a group's spread where that is above 1"
    )
    assert max(over_http, in_process) < TOLERANCE

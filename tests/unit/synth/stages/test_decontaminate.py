"""The stage drops copied and rephrased questions, asks the judge once, and keeps the pairs in the row."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import pytest

from clients.contract import Question, Seed, SynthRow
from clients.errors import CannotConnectError, TimedOutError
from services.synth.decontamination.embeddings import EmbeddingError, EmbeddingOptions, embed
from services.synth.decontamination.report import MATCHES_NOTE as NOTE
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.stages.decontaminate import DecontaminateOptions, make_decontaminate_stage
from tests.support.recorded_model import RecordedModel

PROBLEMS = [
    {
        "task_id": "b/0",
        "entry_point": "longest_name",
        "text": "Return the longest name of all that begin with a vowel.",
    },
    {
        "task_id": "b/1",
        "entry_point": "tax",
        "text": "Compute the tax of an income by the table of brackets.",
    },
]


@pytest.fixture
def benchmark(tmp_path):
    path = tmp_path / "b.jsonl"
    path.write_text("".join(json.dumps(problem) + "\n" for problem in PROBLEMS))
    return {"b": str(path)}


def row_of(text, seed_instruction=""):
    question = Question(text=text, entry_point="g", signature="def g(x)")
    return SynthRow(seed=Seed(id="r", instruction=seed_instruction), question=question)


def run(options, row, *replies):
    judge = RecordedModel(replies or ["SAME: none"])
    backends = Backends({"judge": [judge]} if replies else {}, None)
    return anyio.run(make_decontaminate_stage(options), row, backends), judge


def test_a_copy_is_dropped_without_asking_the_judge(benchmark):
    options = DecontaminateOptions(benchmarks=benchmark)
    for row in (
        row_of("Return the longest name of all that begin with a vowel."),
        row_of("Something else entirely.", "Return the longest name of all that begin with a vowel."),
    ):
        with pytest.raises(RowDroppedError) as caught:
            run(options, row)
        assert caught.value.reason is RowDrop.CONTAMINATED
        assert caught.value.detail.startswith("b b/0: text, 100% of its runs of words")
        (note,) = caught.value.row.notes[NOTE]
        assert (note["benchmark"], note["problem"], note["kind"]) == ("b", "b/0", "text")


def test_a_rephrasing_is_dropped_on_the_judges_word(benchmark):
    options = DecontaminateOptions(benchmarks=benchmark)
    row = row_of("Among the names starting with a vowel, find the longest one.")
    with pytest.raises(RowDroppedError, match=r"rephrased, similarity .* the judge calls it the same"):
        run(options, row, "The first is equal.\nSAME: 1")
    kept, judge = run(options, row, "SAME: none")
    assert [note["kind"] for note in kept.notes[NOTE]] == ["similar"]
    ((purpose, messages),) = judge.asked
    assert purpose == "decontaminate"
    assert "Among the names" in messages[-1]["content"]
    assert "1. Return the longest name" in messages[-1]["content"]
    unreadable, _ = run(options, row, "Well, who knows?")
    assert "no judge's answer" in unreadable.notes[NOTE][0]["evidence"]


def test_without_a_judge_similar_questions_are_kept_and_reported(benchmark):
    row = row_of("Among the names starting with a vowel, find the longest one.")
    for options, replies in (({"judge": False}, ["SAME: 1"]), ({}, [])):
        kept, _ = run(DecontaminateOptions(benchmarks=benchmark, **options), row, *replies)
        assert [note["kind"] for note in kept.notes[NOTE]] == ["similar"]


def test_unrelated_questions_and_rows_without_benchmarks_pass(benchmark):
    row = row_of("Multiply two matrices.")
    kept, judge = run(DecontaminateOptions(benchmarks=benchmark), row, "SAME: 1")
    assert kept.notes[NOTE] == []
    assert judge.asked == []
    assert run(DecontaminateOptions(), row)[0] == row


@contextmanager
def embedding_server(status=200, drop=0):
    """A server with the embeddings API. Its vectors are made up: they show which vowels a text begins its words with."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            requests.append(body)
            vectors = [[1.0 + text.lower().count(letter) for letter in "aeiou"] for text in body["input"]]
            data = [{"object": "embedding", "index": at, "embedding": v} for at, v in enumerate(vectors)][
                drop:
            ]
            answer = {
                "object": "list",
                "data": data[::-1],
                "model": body["model"],
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
            }
            payload = json.dumps(answer if status == 200 else {"error": {"message": "no"}}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_embeddings_choose_the_candidates_and_problems_are_embedded_once(benchmark):
    with embedding_server() as (url, requests):
        options = DecontaminateOptions(
            benchmarks=benchmark, candidates=1, embeddings=EmbeddingOptions(url=url, model="e")
        )
        stage = make_decontaminate_stage(options)

        async def two_rows():
            backends = Backends({"judge": [RecordedModel(["SAME: none"])]}, None)
            first = await stage(row_of("Quite unrelated words."), backends)
            return first, await stage(row_of("Aaaa eeee."), backends)

        first, _ = anyio.run(two_rows)
        assert [len(request["input"]) for request in requests] == [2, 1, 1]
        assert "by embeddings" in first.notes[NOTE][0]["evidence"]


def test_faults_of_the_server_pause_the_row_and_wrong_answers_name_it():
    def ask(url):
        return anyio.run(embed, ["a", "b"], EmbeddingOptions(url=url, model="e", timeout_s=5))

    with embedding_server() as (url, _):
        first, second = ask(url)
        assert first != second
        assert sum(number * number for number in first) == pytest.approx(1)
    with pytest.raises(CannotConnectError, match="cannot be reached for embeddings"):
        ask(url)
    with embedding_server(status=503) as (url, requests):
        with pytest.raises(TimedOutError, match="answers 503"):
            ask(url)
        assert len(requests) == 3
    with embedding_server(status=400) as (url, _), pytest.raises(EmbeddingError, match="refuses a request"):
        ask(url)
    with (
        embedding_server(drop=1) as (url, _),
        pytest.raises(EmbeddingError, match="1 embeddings for 2 texts"),
    ):
        ask(url)
    with pytest.raises(EmbeddingError, match="NO_SUCH_KEY holds no key"):
        anyio.run(embed, ["a"], EmbeddingOptions(url=url, model="e", key_variable="NO_SUCH_KEY"))

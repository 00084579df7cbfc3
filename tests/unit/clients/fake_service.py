"""Replaces the executor in tests: a real HTTP server that answers what a test scripts. It judges nothing."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from clients.contract import PROBLEMS


@dataclass
class FakeResponse:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Whether the connection breaks before the body is whole."""


@dataclass
class ReceivedRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: dict


def problem(slug, detail="", *, status=None, errors=(), **headers):
    kind = PROBLEMS[slug]
    content = {
        "type": f"/problems/{slug}",
        "title": kind.title,
        "status": status or kind.status,
        "detail": detail,
        "errors": list(errors),
    }
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return FakeResponse(
        status or kind.status,
        json.dumps(content).encode(),
        {"content-type": "application/problem+json", **names},
    )


def result(index, candidate, outcome="passed", rate=1.0):
    return {
        "id": candidate.get("id") or str(index),
        "index": index,
        "suite": candidate["suite"],
        "status": "judged",
        "pass_rate": rate,
        "reward": rate,
        "tests": [{"outcome": outcome}],
    }


def all_pass(request):
    """Answer as if every program passed."""
    results = [result(at, each) for at, each in enumerate(request.body["candidates"])]
    summary = {
        "id": "e1",
        "suites": [{"id": s["id"], "test_hashes": ["h"]} for s in request.body["suites"]],
        "runner_version": "1",
    }
    if "ndjson" in request.headers.get("accept", ""):
        return FakeResponse(200, b"".join(json.dumps(each).encode() + b"\n" for each in [*results, summary]))
    return FakeResponse(200, json.dumps(summary | {"results": results}).encode())


def whole_answer(request):
    """The answer in which every program passes, as one object."""
    *results, summary = map(json.loads, all_pass(request).body.splitlines())
    return summary if "results" in summary else summary | {"results": results}


def answer_of(request, answer):
    """The answer in the form that the request accepts."""
    if "ndjson" not in request.headers["accept"]:
        return FakeResponse(200, json.dumps(answer).encode())
    results = answer.pop("results")
    return FakeResponse(200, b"".join(json.dumps(line).encode() + b"\n" for line in [*results, answer]))


class FakeService:
    """Answers each request with the next item of ``script``; after the last item, with ``otherwise``."""

    def __init__(self, port=0):
        self.script = []
        self.otherwise = all_pass
        self.requests = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request):
        self.requests.append(request)
        step = self.script.pop(0) if self.script else self.otherwise
        return step(request) if callable(step) else step

    def _handler(fake):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _serve(self):
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = fake._answer(ReceivedRequest(self.command, self.path, headers, body))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body) + (10 if answer.cut else 0)))
                self.end_headers()
                self.wfile.write(answer.body)
                self.close_connection = answer.cut or answer.headers.get("connection") == "close"

            do_GET = do_POST = do_DELETE = _serve

            def log_message(self, *args):
                pass

        return Handler

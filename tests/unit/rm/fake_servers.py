"""FAKE servers on loopback, for real sockets: a vLLM server for reward models and a judge's OpenAI-compatible endpoint.

Built from their documented shapes; no vLLM and no model is behind them. The vLLM one does what trips clients: it adds
special tokens and applies the logistic function unless told not to.
"""

import json
import math
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "the-model"


def score_of(ids):
    """What the fake reward model thinks of tokens."""
    return sum(ids) % 1000 / 10 - 50


class Fake(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        models = [{"id": MODEL, "object": "model", "created": 1, "owned_by": "vllm", "max_model_len": 500}]
        self.answer(200, {"object": "list", "data": models})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.told.append((self.path, asked, self.headers.get("authorization")))
        self.answer(*self.server.reply(self.path, asked))

    def answer(self, status, body):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@contextmanager
def serving(reply):
    """A server that answers POSTs with ``reply(path, body)`` → status, body; ``told`` lists what it was asked."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Fake) as server:
        server.reply, server.told = reply, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def error(status, message):
    return status, {"error": {"message": message, "type": "BadRequestError", "param": None, "code": status}}


def classify(path, asked):
    """vLLM 0.33's ``/classify`` of a model with one label."""
    if path != "/classify":
        return error(404, "Not Found")
    if asked["model"] != MODEL:
        return error(404, f"The model `{asked['model']}` does not exist.")
    ids = asked["input"]
    if asked.get("add_special_tokens", True) and not isinstance(ids[0], int):
        ids = [0, *ids]
    if len(ids) > 500:
        return error(400, f"This model's maximum context length is 500 tokens, not {len(ids)}.")
    raw = score_of(ids)
    prob = raw if asked.get("use_activation") is False else 1 / (1 + math.exp(-raw))
    data = [{"index": 0, "label": "LABEL_0", "probs": [prob], "num_classes": 1}]
    usage = {
        "prompt_tokens": len(ids),
        "total_tokens": len(ids),
        "prompt_tokens_details": {"cached_tokens": 3},
    }
    return 200, {
        "id": "classify-1",
        "object": "list",
        "created": 1,
        "model": MODEL,
        "data": data,
        "usage": usage,
    }


def completion(text, finish="stop", logprobs=None):
    """An OpenAI chat completion."""
    content = None
    if logprobs is not None:
        top = [{"token": token, "logprob": chance, "bytes": None} for token, chance in logprobs.items()]
        content = {"content": [{**top[0], "top_logprobs": top}]}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": content}
    return 200, {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}

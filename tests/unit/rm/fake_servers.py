"""FAKE servers on loopback with real sockets: a vLLM server for reward models, and an OpenAI-compatible endpoint.

They have no model. The fake vLLM server answers as a recorded vLLM 0.32 does, field by field. Like the real one, it
adds special tokens and applies the logistic function unless the request turns that off.
"""

import json
import math
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "the-model"


def score_of(ids):
    """The score that the fake reward model gives to tokens."""
    return sum(ids) % 1000 / 10 - 50


class FakeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        models = [{"id": MODEL, "object": "model", "created": 1, "owned_by": "vllm", "max_model_len": 500}]
        self.answer(200, {"object": "list", "data": models})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, body, self.headers.get("authorization")))
        self.answer(*self.server.reply(self.path, body))

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
    """A server that answers a POST with ``reply(path, body)`` → status, body; ``requests`` lists every POST."""
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeHandler) as server:
        server.reply, server.requests = reply, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def error(status, message, param=None):
    return status, {"error": {"message": message, "type": "BadRequestError", "param": param, "code": status}}


def classify(path, body):
    """vLLM's ``/classify`` of a model with one label."""
    if path != "/classify":
        return error(404, "Not Found")
    if body["model"] != MODEL:
        return error(404, f"The model `{body['model']}` does not exist.")
    ids = body["input"]
    if body.get("add_special_tokens", True) and not isinstance(ids[0], int):
        ids = [0, *ids]
    if len(ids) > 500:
        text = (
            "This model's maximum context length is 500 tokens. However, your prompt contains at least 501 input tokens, "
            "which exceeds this limit even without any output tokens. Please reduce the length of the input prompt."
        )
        return error(400, text, "input_tokens")
    raw = score_of(ids)
    prob = raw if body.get("use_activation") is False else 1 / (1 + math.exp(-raw))
    data = [{"index": 0, "label": "LABEL_0", "probs": [prob], "num_classes": 1}]
    usage = {
        "prompt_tokens": len(ids),
        "total_tokens": len(ids),
        "completion_tokens": 0,
        "prompt_tokens_details": None,  # whatever the prefix cache saved
        "completion_tokens_details": None,
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

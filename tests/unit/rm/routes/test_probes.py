"""What routers and scripts ask a vLLM server for."""

from starlette.testclient import TestClient

from services.rm.app import create_app
from services.rm.settings import RmSettings
from tests.unit.rm.fake_backend import FakeBackend


def client(backend, **settings):
    app = create_app(RmSettings(model="m", _env_file=None, **settings), backend)
    return TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1")


def test_health_follows_the_backend(monkeypatch):
    backend = FakeBackend(lambda _: 0.0)
    with client(backend) as http:
        for path in ("/health", "/ping"):
            assert (http.get(path).status_code, http.get(path).content) == (200, b"")
        assert http.get("/load").json() == {"server_load": 0}

        async def lost():
            return "the device is lost"

        monkeypatch.setattr(backend, "ready", lost)
        assert http.get("/health").status_code == http.post("/ping").status_code == 503


def test_the_model_is_listed_with_its_limit_and_only_probes_need_no_key():
    with client(FakeBackend(lambda _: 0.0, max_tokens=77), token="x" * 32) as http:
        assert http.get("/health").status_code == 200
        assert http.get("/v1/models").status_code == 401
        answer = http.get("/v1/models", headers={"authorization": f"Bearer {'x' * 32}"})
        (model,) = answer.json()["data"]
    assert (model["id"], model["max_model_len"]) == ("fake", 77)

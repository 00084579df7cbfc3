"""What a newcomer gets wrong at the start: each is one sentence that names the variable or the file, and the fix."""

import socket
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from services.rm.commands import app
from services.rm.models.checkpoint import CheckpointError, open_checkpoint
from services.rm.models.startup import bind_socket
from services.rm.settings import unknown_variables
from tests.support.tiny_models import save_as_acecoderm, save_classification, tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_classification(folder)
    return folder


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve(free_port, monkeypatch):
    """What ``acecoder serve-rm`` says when it refuses to start; RM_… variables as keywords."""

    def run(*args, command="serve-rm", **variables):
        for name in ("RM_MODEL", "RM_FORMAT"):  # the command sets them, and they are put back afterwards
            monkeypatch.setenv(name, "")
        monkeypatch.setenv("RM_THREADS", "1")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        port = () if command == "check-rm" or "--port" in args else ("--port", str(free_port))
        ended = CliRunner().invoke(app, [command, *map(str, args), *port])
        assert ended.exit_code == 1, ended.output
        assert "Traceback" not in ended.output
        return " ".join(ended.output.split())

    return run


def test_without_torch_it_says_which_extra_to_install():
    code = "import sys; sys.modules['torch'] = None; from services.rm.commands import app; app()"
    for command in ("serve-rm", "check-rm"):
        ended = subprocess.run(
            [sys.executable, "-c", code, command, "x"], check=False, capture_output=True, text=True
        )
        assert ended.returncode == 1
        assert "needs torch: install acecoder-services[rm]" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "RM_MODEL is empty; give the folder of a reward model"),
        ({"RM_MODEL": "x", "RM_FORMAT": "chatml"}, "RM_FORMAT='chatml' is none of acecode-training, chat"),
        ({"RM_MODEL": "x", "RM_WINDOW_S": "soon"}, "RM_WINDOW_S should be a valid number"),
        ({"RM_MODEL": "x", "RM_BACKEND": "judge"}, "RM_SERVER_URL is empty"),
    ],
)
def test_a_wrong_setting_is_named_as_its_variable(serve, variables, said):
    told = serve(**variables)
    assert said in told
    assert "pydantic" not in told


def test_no_value_of_a_setting_is_shown(serve):
    assert "key with" not in serve(RM_MODEL="x", RM_TOKEN="a key with spaces")


def test_a_misspelt_variable_is_told():
    assert unknown_variables(["RM_FROMAT", "RM_MODEL", "RM_TOKENS__ANN", "RM_ELSEWHERE", "PATH"]) == [
        "RM_FROMAT is no setting and is not looked at; did you mean RM_FORMAT?"
    ]


def test_a_model_that_is_no_folder(serve, folder):
    assert "is no folder, nor a name of the hub (owner/model)" in serve("/no/such/model")
    assert f"is a file; give its folder, '{folder}'" in serve(folder / "model.safetensors")


def test_a_taken_port_is_told_before_a_model_is_loaded(serve):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = serve("/no/such/model", "--port", port)
    assert f"127.0.0.1:{port} cannot be listened on (Address already in use)" in told
    assert "--port" in told


def test_answers_do_not_wait_for_acknowledgements():
    """asyncio sets TCP_NODELAY on sockets that name their protocol."""
    with bind_socket("127.0.0.1", 0) as taken:
        assert taken.proto == socket.IPPROTO_TCP


def test_a_device_that_is_not_there(serve, folder):
    assert "RM_DEVICE=gpu cannot be used: Expected one of cpu, cuda" in serve(folder, RM_DEVICE="gpu")
    if not torch.cuda.is_available():
        assert "RM_DEVICE=cuda cannot be used" in serve(folder, command="check-rm", RM_DEVICE="cuda")


def test_the_chat_format_needs_a_template(serve, tmp_path):
    save_classification(tmp_path)
    (tmp_path / "chat_template.jinja").unlink(missing_ok=True)
    tokenizer(None).save_pretrained(tmp_path)
    assert "has no chat template: set RM_FORMAT=plain" in serve(tmp_path, "--format", "chat")


def test_a_model_that_scores_nothing_is_refused(serve, tmp_path):
    save_classification(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["model.layers.1.mlp.down_proj.weight"].fill_(torch.nan)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    told = serve(tmp_path)
    assert "scores nan whatever it is shown, in float32" in told
    assert "copy the folder again" in told


def test_a_language_model_is_told_what_makes_a_reward_model_of_it(serve, tmp_path):
    save_classification(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["score.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    told = serve(tmp_path)
    assert "no reward head" in told
    assert "acecoder train-rm" in told
    assert "UNEXPECTED" not in told  # of transformers' own report


def halved(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def swapped(path):
    save_file({"other.weight": torch.ones(1)}, path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (halved, r"00002.safetensors cannot be read \(.*\); copy the file again"),
        (lambda path: path.write_text("<html>"), r"00002.safetensors cannot be read .*copy the file again"),
        (
            lambda path: path.write_text(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
            ),
            r"00002.safetensors cannot be read .*run 'git lfs pull'",
        ),
        (swapped, r"00002.safetensors lacks \S+, which the index says it has"),
    ],
)
def test_a_broken_shard_is_named(tmp_path, damage, said):
    save_as_acecoderm(tmp_path)
    damage(tmp_path / "model-00002-of-00002.safetensors")
    with pytest.raises(CheckpointError, match=said):
        open_checkpoint(tmp_path)


def test_check_rm_compares_the_engine_alone(serve):
    told = serve("x", command="check-rm", RM_BACKEND="judge", RM_SERVER_URL="http://127.0.0.1:1")
    assert "RM_BACKEND=judge" in told


def test_check_rm_says_that_another_models_scores_are_not_the_published_ones(serve, folder):
    told = serve(folder, command="check-rm")
    assert "23.0689" in told
    assert "These are not the published scores." in told

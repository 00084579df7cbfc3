"""Mistakes at start-up: each gives one sentence that names the variable or the file, and the fix."""

import socket
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from services.common.settings import unknown_variables
from services.rm.commands import app
from services.rm.models import startup
from services.rm.models.checkpoint import CheckpointError, open_checkpoint
from services.rm.models.startup import bind_socket
from services.rm.settings import RmSettings
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
    """Return the message of ``acecoder serve-rm`` when it refuses to start; RM_… variables are keywords."""

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
    ("variables", "message"),
    [
        ({}, "RM_MODEL is empty; give the folder of a reward model"),
        (
            {"RM_MODEL": "x", "RM_FORMAT": "chatml"},
            "RM_FORMAT='chatml' is not a format; choose one of acecode-training, chat",
        ),
        ({"RM_MODEL": "x", "RM_WINDOW_S": "soon"}, "RM_WINDOW_S should be a valid number"),
        ({"RM_MODEL": "x", "RM_JUDGE_BODY": "{top_p: 1}"}, "RM_JUDGE_BODY is not valid JSON"),
        ({"RM_MODEL": "x", "RM_BACKEND": "judge"}, "RM_SERVER_URL is empty"),
        (
            {"RM_MODEL": "x", "RM_BACKEND": "vllm-server", "RM_SERVER_URL": "http://h", "RM_ADAPTER": "y"},
            "RM_ADAPTER has no effect with RM_BACKEND=vllm-server, which computes elsewhere; unset it",
        ),
        ({"RM_MODEL": "x", "RM_SERVER_URL": "http://h"}, "RM_SERVER_URL has no effect with RM_BACKEND=torch"),
    ],
)
def test_a_wrong_setting_is_named_as_its_variable(serve, variables, message):
    output = serve(**variables)
    assert message in output
    assert "pydantic" not in output


def test_no_value_of_a_setting_is_shown(serve):
    assert "key with" not in serve(RM_MODEL="x", RM_TOKEN="a key with spaces")


def test_a_misspelt_variable_gives_a_warning():
    names = ["RM_FROMAT", "RM_MODEL", "RM_TOKENS__ANN", "RM_ELSEWHERE", "PATH"]
    assert unknown_variables(RmSettings, names, only_similar=True) == [
        "RM_FROMAT is not a setting and is ignored; did you mean RM_FORMAT?"
    ]


def test_a_model_that_is_not_a_folder(serve, folder):
    assert "is neither a folder nor a name on the Hugging Face Hub (owner/model)" in serve("/no/such/model")
    assert f"is a file; give the folder, '{folder}'" in serve(folder / "model.safetensors")


def test_a_port_in_use_is_refused_before_a_model_is_loaded(serve):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        output = serve("/no/such/model", "--port", port)
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in output
    assert "--port" in output


def test_responses_do_not_wait_for_acknowledgements():
    """asyncio sets TCP_NODELAY on sockets that name their protocol."""
    with bind_socket("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP


def test_a_device_that_is_not_there(serve, folder):
    assert "RM_DEVICE=gpu cannot be used: Expected one of cpu, cuda" in serve(folder, RM_DEVICE="gpu")
    if not torch.cuda.is_available():
        assert "RM_DEVICE=cuda cannot be used" in serve(folder, command="check-rm", RM_DEVICE="cuda")


def test_a_device_that_fails_at_the_first_forward_pass(serve, folder, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with another flag")

    monkeypatch.setattr(startup, "load", fail)  # MOCK of a GPU that torch was not built for
    output = serve(folder, RM_DTYPE="bfloat16")
    assert (
        "cannot be computed with RM_DEVICE=auto and RM_DTYPE=bfloat16: CUDA error: no kernel image" in output
    )


def test_the_chat_format_needs_a_template(serve, tmp_path):
    save_classification(tmp_path)
    (tmp_path / "chat_template.jinja").unlink(missing_ok=True)
    tokenizer(None).save_pretrained(tmp_path)
    assert "has no chat template: set RM_FORMAT=plain" in serve(tmp_path, "--format", "chat")


def test_a_model_without_finite_scores_is_refused(serve, tmp_path):
    save_classification(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["model.layers.1.mlp.down_proj.weight"].fill_(torch.nan)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    output = serve(tmp_path)
    assert "gives the score nan for any input in float32" in output
    assert "copy the folder again" in output


def test_a_language_model_is_refused_with_the_command_that_trains_a_reward_model(serve, tmp_path):
    save_classification(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["score.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    output = serve(tmp_path)
    assert "no reward head" in output
    assert "acecoder train-rm" in output
    assert "UNEXPECTED" not in output  # a word of the report that transformers logs


def halved(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def swapped(path):
    save_file({"other.weight": torch.ones(1)}, path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (halved, r"00002.safetensors cannot be read \(.*\); copy the file again"),
        (lambda path: path.write_text("<html>"), r"00002.safetensors cannot be read .*copy the file again"),
        (
            lambda path: path.write_text(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
            ),
            r"00002.safetensors cannot be read .*run 'git lfs pull'",
        ),
        (swapped, r"00002.safetensors lacks \S+, which the index names"),
    ],
)
def test_a_broken_shard_is_named(tmp_path, damage, message):
    save_as_acecoderm(tmp_path)
    damage(tmp_path / "model-00002-of-00002.safetensors")
    with pytest.raises(CheckpointError, match=message):
        open_checkpoint(tmp_path)


def test_check_rm_compares_the_engine_only(serve):
    output = serve("x", command="check-rm", RM_BACKEND="judge", RM_SERVER_URL="http://127.0.0.1:1")
    assert "RM_BACKEND=judge" in output


def test_check_rm_says_that_another_models_scores_are_not_the_published_ones(serve, folder):
    output = serve(folder, command="check-rm")
    assert "23.0689" in output
    assert "These are not the published scores." in output

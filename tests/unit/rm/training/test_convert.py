"""A model of one layout is written in the other, and scores the same but for the bias that it says."""

import pytest
import torch
from typer.testing import CliRunner

from services.rm.commands import app
from services.rm.models.loader import load
from services.rm.training.choices import Layout
from services.rm.training.convert import convert
from tests.unit.rm.training.test_export import by_transformers, scores, trained, written


def test_acecoderms_layout_becomes_one_that_transformers_and_vllm_load(tmp_path):
    scorer = trained(bias=True)
    source = written(scorer, tmp_path / "acecoderm", Layout.ACECODERM)
    out = tmp_path / "classification"
    arguments = ["export-rm", str(source), "--out", str(out), "--dtype", "float32"]
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 0, ended.output
    assert "there all scores are lower by 2.5" in " ".join(ended.output.split())
    assert torch.allclose(by_transformers(out) + 2.5, scores(scorer), atol=1e-5)
    assert torch.allclose(scores(load(str(out), device="cpu").scorer), scores(scorer), atol=1e-5)
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert "is not empty; give --out a new folder" in " ".join(again.output.split())


def test_and_back_again(tmp_path):
    scorer = trained()
    source = written(scorer, tmp_path / "one", Layout.CLASSIFICATION)
    assert convert(str(source), tmp_path / "two", Layout.ACECODERM, dtype="float32") == 0.0
    assert convert(str(tmp_path / "two"), tmp_path / "three", Layout.CLASSIFICATION, dtype="float32") == 0.0
    assert torch.allclose(by_transformers(tmp_path / "three"), scores(scorer), atol=1e-5)


def test_a_type_that_is_none(tmp_path):
    source = written(trained(), tmp_path / "one", Layout.CLASSIFICATION)
    with pytest.raises(ValueError, match="dtype='int8'"):
        convert(str(source), tmp_path / "two", Layout.ACECODERM, dtype="int8")

"""The page on synthesis names every stage, every reason of a drop and every file, and its configuration can be read."""

import re
from pathlib import Path

import pytest
import yaml

from clients.contract import TestDrop
from services.synth.config import RunConfig
from services.synth.pipeline.stage import RowDrop
from services.synth.seeds.rejections import SeedReject
from services.synth.settings import SynthSettings
from services.synth.stages.registry import STAGES

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/synthesis.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reasons", [TestDrop, RowDrop, SeedReject])
def test_every_reason_of_a_drop_is_explained(reasons):
    assert [reason for reason in reasons if f"| `{reason.value}` | " not in PAGE] == []


def test_every_stage_is_explained_in_its_order():
    named = re.findall(r"^\| `(\w+)` \| .* \| (?:on|off) \|$", PAGE, re.MULTILINE)
    assert named == [entry.name for entry in STAGES]
    for entry in STAGES:
        assert re.search(
            rf"^\| `{entry.name}` \| .* \| {'on' if entry.by_default else 'off'} \|$", PAGE, re.MULTILINE
        )


def test_the_configuration_of_the_page_is_the_example_and_can_be_read():
    example = (ROOT / "examples/synth/config.yaml").read_text(encoding="utf-8")
    assert example in PAGE
    RunConfig.model_validate(yaml.safe_load(example))


def test_settings_that_the_page_names_exist():
    names = {name.lower() for name in re.findall(r"SYNTH_(\w+)", PAGE)}
    assert names <= set(SynthSettings.model_fields)

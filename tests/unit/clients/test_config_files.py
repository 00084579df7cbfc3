"""Files of options: a message names the file, and every wrong field in it."""

import pytest
from pydantic import model_validator

from clients.config_files import read_config
from clients.contract.base import RequestModel


class Options(RequestModel):
    steps: int = 1
    name: str = ""

    @model_validator(mode="after")
    def _check(self):
        if self.name == "both":
            raise ValueError("name and steps: give one of them")
        return self


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: [", "c.yaml: not YAML: "),
        ("- steps", "c.yaml: give a mapping with 'steps', …"),
        ("{steps: x, nam: y}", r"c.yaml: steps: .+; nam: unknown field; remove it or correct its name"),
        ("name: both", "c.yaml: name and steps: give one of them"),
    ],
)
def test_a_wrong_file_is_refused_with_all_that_is_wrong(tmp_path, text, message):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_config(path, Options.model_validate, fields="'steps'")


def test_the_text_of_a_wrong_field_may_be_described_otherwise(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("steps: x")
    with pytest.raises(ValueError, match=r"c.yaml: STEPS$"):
        read_config(
            path,
            Options.model_validate,
            fields="'steps'",
            describe=lambda faults: [fault.field.upper() for fault in faults],
        )
    path.write_text("steps: 3")
    assert read_config(path, Options.model_validate, fields="'steps'").steps == 3

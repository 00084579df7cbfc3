"""Wrong settings and missing packages end a command with a message; other errors keep their traceback."""

import pytest
import typer

from services.common.command_errors import errors_as_messages


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("seeds[0]: give a [name]"), "acecoder synth run: seeds[0]: give a [name]\n"),
        (
            ModuleNotFoundError("No module named 'x'", name="x"),
            "acecoder synth run: needs x: install acecoder-services[synth]\n",
        ),
    ],
)
def test_an_expected_error_is_one_message_and_status_1(capsys, error, message):
    with pytest.raises(typer.Exit) as ended, errors_as_messages("synth run", "synth"):
        raise error
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == message


def test_another_error_is_raised_as_it_is():
    with pytest.raises(KeyError), errors_as_messages("synth run", "synth"):
        raise KeyError("a fault of ours")

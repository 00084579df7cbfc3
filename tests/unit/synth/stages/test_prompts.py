"""A prompt of the user's own reaches the model in the place of the bundled one."""

import pytest

from clients.contract import ProgramRole, Question, Seed, SynthRow
from services.synth.llm.model import Completion, Sampling
from services.synth.stages.programs import write_programs


class RecordingModel:
    name = "toy"

    def __init__(self):
        self.messages = []

    async def complete(self, messages, *, purpose, count=1, sampling=None, schema=None):
        self.messages.append(messages)
        return [Completion("```python\ndef f(): ...\n```", "stop", "toy") for _ in range(count)]


@pytest.mark.anyio
async def test_programs_are_asked_for_with_the_prompt_that_is_named(tmp_path):
    path = tmp_path / "question.md"
    path.write_text("# user\n{{question}}\n")
    row = SynthRow(seed=Seed(id="s", source="std"), question=Question(text="Double x.", entry_point="f"))
    model = RecordingModel()
    await write_programs(row, model, role=ProgramRole.SAMPLE, count=1, sampling=Sampling(), prompt=str(path))
    await write_programs(row, model, role=ProgramRole.SAMPLE, count=1, sampling=Sampling())
    own, bundled = model.messages
    assert own == [{"role": "user", "content": "Double x."}]
    assert "Write the function `f`" in bundled[-1]["content"]

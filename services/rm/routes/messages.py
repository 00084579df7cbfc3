"""Conversations in OpenAI's form → turns of ours. What would render them otherwise than the server does is refused."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from clients.contract.scoring import Message


class Part(BaseModel):
    """A piece of a turn."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """One turn."""

    model_config = ConfigDict(extra="forbid")

    role: str
    content: str | list[Part]

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, data: Any) -> Any:  # noqa: ANN401 - any JSON value
        return (
            {key: value for key, value in data.items() if value is not None}
            if isinstance(data, dict)
            else data
        )

    @property
    def text(self) -> str:
        """Pieces are joined by a line's end, as vLLM joins them."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class Conversation(BaseModel):
    """A request that may come with a conversation."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    messages: list[Turn] | None = None
    """One conversation; its last turn, the assistant's, is what is scored."""
    add_generation_prompt: Literal[False] | None = None
    """The answer is there already."""
    continue_final_message: Literal[False] | None = None
    """The answer is whole."""
    chat_template: None = None
    """The server's format is used, or the one that the URL names: ``?format=``."""
    chat_template_kwargs: dict[str, Any] | None = None
    """None are taken."""

    @field_validator("chat_template_kwargs")
    @classmethod
    def _none_given(cls, options: dict[str, Any] | None) -> dict[str, Any] | None:
        if options:
            raise ValueError("none are taken; a score means nothing under another format")
        return options

    @field_validator("messages")
    @classmethod
    def _ends_with_the_answer(cls, turns: list[Turn] | None) -> list[Turn] | None:
        if turns is not None and (not turns or turns[-1].role != "assistant"):
            raise ValueError("the last one is what is scored; it must be the assistant's")
        return turns

    def before(self) -> list[Message]:
        """All turns but the last."""
        return [Message(role=turn.role, content=turn.text) for turn in (self.messages or ())[:-1]]

    def answer(self) -> str:
        """What is scored."""
        return self.messages[-1].text if self.messages else ""

"""Reads conversations in OpenAI's form as messages of our own API.

Fields that ask for another rendering than the server's are refused.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from clients.contract.scoring import Message


class Part(BaseModel):
    """A piece of the text of a turn."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """One turn of a conversation."""

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
        """The whole text. Its parts are joined by a newline, as vLLM joins them."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class Conversation(BaseModel):
    """The fields of a request that may hold a conversation."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    messages: list[Turn] | None = None
    """One conversation. Its last turn must be the assistant's, and is what is scored."""
    add_generation_prompt: Literal[False] | None = None
    """Refused if true, because the answer is part of the conversation."""
    continue_final_message: Literal[False] | None = None
    """Refused if true, because the answer is complete."""
    chat_template: None = None
    """Refused: the server's format is used, or that of ``?format=`` in the URL."""
    chat_template_kwargs: dict[str, Any] | None = None
    """Must be empty: see ``chat_template``."""

    @field_validator("chat_template_kwargs")
    @classmethod
    def _none_given(cls, options: dict[str, Any] | None) -> dict[str, Any] | None:
        if options:
            raise ValueError(
                "leave it out: the format is the server's, or that of ?format= in the URL; "
                "scores under a format that the model was not trained with are meaningless"
            )
        return options

    @field_validator("messages")
    @classmethod
    def _ends_with_the_answer(cls, turns: list[Turn] | None) -> list[Turn] | None:
        if turns is not None and (not turns or turns[-1].role != "assistant"):
            raise ValueError("the last message is scored, so its role must be assistant")
        return turns

    def before(self) -> list[Message]:
        """Return all turns but the last."""
        return [Message(role=turn.role, content=turn.text) for turn in (self.messages or ())[:-1]]

    def answer(self) -> str:
        """Return the text that is scored."""
        return self.messages[-1].text if self.messages else ""

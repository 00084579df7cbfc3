"""Writes a conversation as text in a format, and tokenises it. The last token is the one that is scored.

A score means nothing under another format than the model was trained with:

- ``chat`` is the tokenizer's own chat template. Most reward models were trained with it, and the published example of
  AceCodeRM uses it.
- ``acecode-training`` is the wrapper in which AceCodeRM's training pairs were written.
- ``plain`` joins prompt and answer, for tokenizers without a template.

Whole conversations are tokenised, never prompt and answer separately: a token may reach over the border between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from transformers import PreTrainedTokenizerBase

from clients.completions import extract
from clients.contract.scoring import Message
from clients.pairs import AnswerForm, acecode_prompt, answer_text

Conversation = Sequence[Message]


class FormatError(ValueError):
    """A conversation cannot be written in a format; the message says why."""


class ConversationFormat(Protocol):
    """Writes conversations as text."""

    def __call__(
        self, tokenizer: PreTrainedTokenizerBase, conversation: Conversation, test: str | None
    ) -> str:
        """Return the text to tokenise, special tokens included; the last message is the answer.

        Raises:
            FormatError: the conversation has a turn that the format cannot write.
        """


def chat(tokenizer: PreTrainedTokenizerBase, conversation: Conversation, test: str | None) -> str:  # noqa: ARG001
    """Apply the tokenizer's own template."""
    if not tokenizer.chat_template:
        raise FormatError("the tokenizer has no chat template; use the format plain, or acecode-training")
    _check_roles(str(tokenizer.chat_template), conversation)
    messages = [message.model_dump() for message in conversation]
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
    except Exception as error:
        # A template is a program: it may fail with an error of Jinja's, or raise one itself.
        roles = ", ".join(message.role for message in conversation)
        raise FormatError(f"the chat template refuses the turns {roles}: {error}") from error
    assert isinstance(text, str)
    omitted = [
        message.role
        for at, message in enumerate(conversation)
        if not _is_written(message, text, is_last=at == len(conversation) - 1)
    ]
    if omitted:
        raise FormatError(
            f"the chat template leaves out the turn of {omitted[0]!r}; use roles that it writes"
        )
    return text


def _is_written(message: Message, text: str, *, is_last: bool) -> bool:
    """Whether the template wrote a turn.

    Templates of reasoning models leave out what earlier answers thought, and change the layout of the last one: what
    stands before ``</think>`` is theirs to change.
    """
    content = message.content
    if message.role == "assistant" and "</think>" in content:
        content = content.rpartition("</think>")[2]
        if is_last and not content.strip():
            return False
    return content.strip() in text


_ROLES = frozenset({"system", "user", "assistant", "tool"})
"""Roles that are passed to every chat template; the template itself may refuse them."""


def _check_roles(template: str, conversation: Conversation) -> None:
    """Refuse a role that the template does not name.

    Many templates write any role that they are given, so a misspelt role would give a text that no model was trained
    on.
    """
    for message in conversation:
        role = message.role
        if role not in _ROLES and f"'{role}'" not in template and f'"{role}"' not in template:
            raise FormatError(
                f"the chat template does not know the role {role!r}; use system, user or assistant"
            )


def acecode_training(
    tokenizer: PreTrainedTokenizerBase,  # noqa: ARG001 - a format's signature
    conversation: Conversation,
    test: str | None,
) -> str:
    """Write ChatML with AceCoder's system prompt, and question and program in the wrapper of its training pairs.

    A question that has the wrapper already is left unchanged. The program is taken out of its code fence.
    """
    roles = [message.role for message in conversation]
    if roles != ["user", "assistant"]:
        raise FormatError(f"this format takes one user turn and one answer, not {', '.join(roles)}")
    question, answer = (message.content for message in conversation)
    wrapped = question if question.startswith(_WRAPPED) else acecode_prompt(question, test or "")
    program = extract(answer).program if "```" in answer else answer
    turns = [
        ("system", "You are a helpful assistant."),
        ("user", wrapped),
        ("assistant", answer_text(AnswerForm.ACECODE, program or answer, None)),
    ]
    return "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)


_WRAPPED = acecode_prompt("", "").partition("\n")[0]


def plain(tokenizer: PreTrainedTokenizerBase, conversation: Conversation, test: str | None) -> str:  # noqa: ARG001
    """Join the turns with a newline, and end with the tokenizer's end-of-text token."""
    return "\n".join(message.content for message in conversation) + (tokenizer.eos_token or "")


FORMATS: Mapping[str, ConversationFormat] = {
    "chat": chat,
    "acecode-training": acecode_training,
    "plain": plain,
}
"""Name → function."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes conversations in one format and tokenises them with one tokenizer."""

    tokenizer: PreTrainedTokenizerBase
    name: str
    suffix: str = ""
    """Written after every conversation, for models that are scored at a special token (``<|reward|>``)."""

    def text(self, conversation: Conversation, test: str | None = None) -> str:
        """Return the text of a conversation.

        Raises:
            FormatError: the format cannot write it.
        """
        return FORMATS[self.name](self.tokenizer, conversation, test) + self.suffix

    def ids(self, text: str, answer_chars: int = 0) -> tuple[int, ...]:  # noqa: ARG002 - for ``CachingWriter``
        """Tokenise a text that this writer wrote: its special tokens are in it, and none is added.

        ``answer_chars`` is the length of its last message. It changes the time, not the tokens.
        """
        return tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def ids_of_raw(self, text: str, *, add_special_tokens: bool = True) -> tuple[int, ...]:
        """Tokenise a text that a client wrote out. It never gets a second beginning-of-text token."""
        ids = tuple(self.tokenizer(text, add_special_tokens=add_special_tokens)["input_ids"])
        bos = self.tokenizer.bos_token_id
        return ids[1:] if bos is not None and ids[:2] == (bos, bos) else ids

    def token(self, token_id: int) -> str:
        """Return the text of one token."""
        return str(self.tokenizer.decode([token_id]))

    def special_tokens(self) -> frozenset[str]:
        """Return the texts of the special tokens: those that templates write and people do not."""
        return frozenset(
            str(token)
            for token in self.tokenizer.added_tokens_decoder.values()
            if token.special and str(token)
        )


def default_format(tokenizer: PreTrainedTokenizerBase) -> str:
    """Return ``chat`` if the tokenizer has a template, else ``plain``."""
    return "chat" if tokenizer.chat_template else "plain"


def shortened(ids: tuple[int, ...], longest: int, keep: int) -> tuple[int, ...]:
    """Shorten a sequence to ``longest`` tokens by leaving out the middle of the answer.

    The first ``keep`` tokens are the prompt and stay. The rest of the room is divided equally between the beginning
    and the end of the answer: the end must stay, because its last token is scored.

    Raises:
        FormatError: the prompt leaves room for fewer than two tokens.
    """
    room = longest - keep
    if room < 2:
        raise FormatError(
            f"the prompt alone has {keep} tokens, and the model takes {longest}; shorten the prompt"
        )
    tail = room // 2
    return ids[: longest - tail] + ids[-tail:]

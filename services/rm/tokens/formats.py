"""How a conversation becomes the tokens that are scored. A score means nothing under another format than was trained.

``chat`` is the tokenizer's own template: what most reward models were trained with, and the published example of
AceCodeRM. ``acecode-training`` is the wrapper that AceCodeRM's pairs were written in. ``plain`` joins prompt and
answer, for tokenizers without a template. Whole conversations are tokenised, never prompt and answer apart: tokens
may join over the seam. The scored token is the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from transformers import PreTrainedTokenizerBase

from clients.completions.extraction import extract
from clients.contract.scoring import Message
from clients.pairs.rows import AnswerForm, acecode_prompt, answer_text

Conversation = Sequence[Message]


class FormatError(ValueError):
    """A conversation that cannot be written in a format, and why."""


class ConversationFormat(Protocol):
    """A way to write conversations."""

    def __call__(
        self, tokenizer: PreTrainedTokenizerBase, conversation: Conversation, test: str | None
    ) -> str:
        """Return the text to tokenise, special tokens included; the last message is the answer.

        Raises:
            FormatError: the conversation has a turn that the format does not know.
        """


def chat(tokenizer: PreTrainedTokenizerBase, conversation: Conversation, test: str | None) -> str:  # noqa: ARG001
    """Apply the tokenizer's own template."""
    if not tokenizer.chat_template:
        raise FormatError("the tokenizer has no chat template; use the format plain, or acecode-training")
    _known_roles(str(tokenizer.chat_template), conversation)
    messages = [message.model_dump() for message in conversation]
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
    except (
        Exception
    ) as error:  # templates are programs: jinja's errors, and whatever they raise by themselves
        roles = ", ".join(message.role for message in conversation)
        raise FormatError(f"the chat template does not take the turns {roles}: {error}") from error
    assert isinstance(text, str)
    lost = [message.role for message in conversation if message.content.strip() not in text]
    if lost:
        raise FormatError(f"the chat template leaves out what {lost[0]!r} says; use roles that it knows")
    return text


_ROLES = frozenset({"system", "user", "assistant", "tool"})
"""Every chat template may be shown these."""


def _known_roles(template: str, conversation: Conversation) -> None:
    """Many templates write whatever role they are given: a misspelt one would be scored as no model was trained."""
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
    """ChatML under AceCoder's system prompt, question and program in the wrapper that its pairs were written in.

    A question that is wrapped already stays as it is. The program is taken out of its fence.
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
    """Join what was said, a line's end between the turns; close with the tokenizer's end of text."""
    return "\n".join(message.content for message in conversation) + (tokenizer.eos_token or "")


FORMATS: Mapping[str, ConversationFormat] = {
    "chat": chat,
    "acecode-training": acecode_training,
    "plain": plain,
}
"""By name."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A tokenizer and a format: conversations in, token ids out."""

    tokenizer: PreTrainedTokenizerBase
    name: str
    suffix: str = ""
    """Written after every conversation, for models that score a token of its own."""

    def text(self, conversation: Conversation, test: str | None = None) -> str:
        """Return the text of a conversation.

        Raises:
            FormatError: it cannot be written.
        """
        return FORMATS[self.name](self.tokenizer, conversation, test) + self.suffix

    def ids(self, text: str) -> tuple[int, ...]:
        """Tokenise a text that is written already: special tokens are in it, none is added."""
        return tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def ids_of_raw(self, text: str, *, add_special_tokens: bool = True) -> tuple[int, ...]:
        """Tokenise a text that somebody else wrote; never a second token for the beginning."""
        ids = tuple(self.tokenizer(text, add_special_tokens=add_special_tokens)["input_ids"])
        begin = self.tokenizer.bos_token_id
        return ids[1:] if begin is not None and ids[:2] == (begin, begin) else ids

    def token(self, token_id: int) -> str:
        """Return how one token reads."""
        return str(self.tokenizer.decode([token_id]))

    def special_tokens(self) -> frozenset[str]:
        """Return how the tokens read that templates write and people do not."""
        return frozenset(
            str(token)
            for token in self.tokenizer.added_tokens_decoder.values()
            if token.special and str(token)
        )


def default_format(tokenizer: PreTrainedTokenizerBase) -> str:
    """``chat`` if the tokenizer has a template, else ``plain``."""
    return "chat" if tokenizer.chat_template else "plain"


def shortened(ids: tuple[int, ...], longest: int, keep: int) -> tuple[int, ...]:
    """Leave out tokens in the middle of the answer, which begins after ``keep`` tokens; the end is what is scored.

    Of what is kept of the answer, the two ends get half each.

    Raises:
        FormatError: the prompt leaves room for fewer than two tokens.
    """
    room = longest - keep
    if room < 2:
        raise FormatError(f"the prompt alone has {keep} tokens; the model takes {longest}")
    tail = room // 2
    return ids[: longest - tail] + ids[-tail:]

"""Cuts the completion out of a text that a trainer decoded: removes the prompt and special tokens. Pure.

Code in the prompt (an example, a solution of another task) must never be judged as the policy's. So where the prompt
is not found at the start of the text, the completion is what follows the last mark of a chat template that begins a
model's turn; without such a mark there is no completion.
"""

import re

_SPECIAL = r"(?:<\|[\w▁:-]{1,40}\|>|<｜[\w▁:-]{1,40}｜>|</?s>|<(?:bos|eos|pad|unk|end_of_turn|start_of_turn)>|\[PAD\])"
_LEADING = re.compile(rf"^(?:\s*{_SPECIAL})+")
_LAST = re.compile(rf"{_SPECIAL}\Z")
_SPECIAL_CHARS = 64
"""Length of a special token, at most."""
_SKIPPED = re.compile(rf"(?:\s+|{_SPECIAL})+")
_TURN = re.compile(
    r"<\|im_start\|>assistant|<\|[Aa]ssistant\|>|<\|turn>model|<｜Assistant｜>|\[/INST\]|<start_of_turn>model"
    r"|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|header_start\|>assistant<\|header_end\|>"
    r"|<\|start\|>assistant(?:<\|channel\|>\w+)?(?:<\|message\|>)?|<\|START_OF_TURN_TOKEN\|><\|CHATBOT_TOKEN\|>"
    r"|<\|start_of_role\|>assistant<\|end_of_role\|>|<\|im_assistant\|>assistant<\|im_middle\|>"
)
"""What begins a model's turn: ChatML, Zephyr and Phi, DeepSeek, Mistral and Llama 2, Gemma, Llama 3 and 4, gpt-oss,
Cohere, Granite, Kimi. Special tokens only: a prompt may well contain the word ``Assistant:``."""


class PromptNotFoundError(ValueError):
    """A text in which the end of the prompt cannot be found."""

    def __init__(self) -> None:
        super().__init__(
            "the prompt is not at the start of the query, and no mark of a chat template begins a model's turn: code "
            "in the prompt would be judged; send the rendered prompt ('' if the query is the completion alone)"
        )


def completion_of(query: str, prompt: str | None) -> tuple[str, bool]:
    """Return what follows ``prompt`` in ``query``, and whether the prompt was found.

    Tokenizers pad, and decode blanks and special tokens differently in the two texts. So these are not compared, and
    the query may begin with more of them. An empty prompt says that the query is the completion; ``None`` says nothing.

    Raises:
        PromptNotFoundError: neither the prompt nor the beginning of a model's turn was found.
    """
    bare_prompt = _SKIPPED.sub("", prompt or "")
    if prompt == "" or (prompt and bare_prompt and query.startswith(prompt)):
        return _trimmed(query[len(prompt) :]), True
    end = _end_of_prompt(query, bare_prompt) if bare_prompt else None
    if end is not None:
        return _trimmed(query[end:]), True
    turns = [turn.end() for turn in _TURN.finditer(query)]
    if not turns:
        raise PromptNotFoundError
    return _trimmed(query[turns[-1] :]), False


def _end_of_prompt(query: str, bare_prompt: str) -> int | None:
    """Return where the prompt ends in the query, if the query begins with it, blanks and special tokens apart."""
    at, found = 0, 0
    for start, end in [*(skipped.span() for skipped in _SKIPPED.finditer(query)), (len(query), len(query))]:
        part = query[at : min(start, at + len(bare_prompt) - found)]
        if not bare_prompt.startswith(part, found):
            return None
        found += len(part)
        if found == len(bare_prompt):
            return at + len(part)
        at = end
    return None


def _trimmed(text: str) -> str:
    return _LEADING.sub("", _without_trailing(text))


def _without_trailing(text: str) -> str:
    """Return the text without the special tokens at its end, and the blanks around them. Linear in the length."""
    end, has_token = len(text), False
    while True:
        while end and text[end - 1].isspace():
            end -= 1
        last = _LAST.search(text, max(0, end - _SPECIAL_CHARS), end)
        if last is None:
            return text[:end] if has_token else text
        end, has_token = last.start(), True

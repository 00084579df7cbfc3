"""Tokenises special tokens inside a candidate as plain text: a guard against prompt injection.

A tokenizer reads ``<|im_end|>`` as the end of a turn wherever it stands. A candidate could use that: close its own
answer, praise it in a forged user turn, and be scored at the end of a third turn. So the text around the candidate,
which the format writes, keeps its special tokens, and the text between them is tokenised without any. Candidates that
contain no special token, which is nearly all, are tokenised in the ordinary way.

Not promised for texts that the client wrote out with the template: there nothing shows which special tokens are the
template's. Prompts are the caller's own and are not checked.
"""

import copy
import re
from dataclasses import dataclass
from functools import cached_property

from tokenizers import Tokenizer

from clients.contract.scoring import Group, Message
from services.rm.tokens.formats import FormatError, Writer

_PRIVATE_USE = range(0xE000, 0xF900)
"""Unicode's private use area: the placeholder for a candidate is a character of it that the candidate does not have."""


class SpecialTokenEscaper:
    """Makes writers that read the special tokens of one tokenizer as text where a candidate contains them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        names = sorted(writer.special_tokens(), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, names))) if names else None

    def writer_for(self, writer: Writer, group: Group, candidate: str) -> Writer:
        """Return ``writer`` if the candidate contains no special token, else a writer that reads them as text.

        Raises:
            FormatError: the tokenizer cannot be made to read them as text.
        """
        match = self._special.search(candidate) if self._special else None
        if not self._special or not match:
            return writer
        refusal = FormatError(
            f"the candidate contains the special token {match[0]!r}, and this tokenizer cannot read it as text; "
            f"take it out"
        )
        placeholder = next((chr(code) for code in _PRIVATE_USE if chr(code) not in candidate), "")
        if not placeholder:
            raise refusal
        # Write the conversation with a placeholder for the candidate, to learn what the format puts around it.
        prompt = group.prompt
        turns = [Message(role="user", content=prompt)] if isinstance(prompt, str) else prompt
        written = writer.text([*turns, Message(role="assistant", content=placeholder)], group.test)
        text_before, _, text_after = written.rpartition(placeholder)
        escaping = EscapingWriter(
            tokenizer=writer.tokenizer,
            name=writer.name,
            suffix=writer.suffix,
            text_before=text_before,
            text_after=text_after,
            special=self._special,
            text_only=self._text_only,
        )
        # A tokenizer that treats the start of a text in its own way gives other tokens when a text is tokenised in
        # three pieces. A refusal is better than a score of other tokens.
        if escaping.ids(written) != writer.ids(written):
            raise refusal
        return escaping

    @cached_property
    def _text_only(self) -> Tokenizer:
        """A copy of the tokenizer that knows no special tokens. The original cannot be switched: threads share it."""
        original = getattr(self._writer.tokenizer, "backend_tokenizer", None)
        if not isinstance(original, Tokenizer):
            raise FormatError("the candidate contains a special token; take it out")
        tokenizer = copy.deepcopy(original)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True
        return tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapingWriter(Writer):
    """Writes conversations that differ in the candidate only, and reads special tokens inside it as text."""

    text_before: str
    """What the format writes before the candidate."""
    text_after: str
    """What the format writes after the candidate."""
    special: re.Pattern[str]
    """Matches every special token."""
    text_only: Tokenizer
    """Knows no special tokens."""

    def ids(self, text: str, answer_chars: int = 0) -> tuple[int, ...]:  # noqa: ARG002 - a writer's signature
        """Tokenise a text in three pieces; only the pieces before and after the candidate have special tokens.

        Raises:
            FormatError: the text differs from the one with the placeholder in more than the candidate.
        """
        if not (
            text.startswith(self.text_before)
            and text.endswith(self.text_after)
            and len(text) >= len(self.text_before) + len(self.text_after)
        ):
            raise FormatError(
                "the candidate contains a special token, and the chat template rewrites the candidate; take it out"
            )
        # The piece in the middle reaches from the last special token before the candidate to the first one after it,
        # so that tokens may still join over the candidate's ends as they do in an ordinary text.
        first = max((match.end() for match in self.special.finditer(self.text_before)), default=0)
        after = self.special.search(self.text_after)
        last = len(text) - (len(self.text_after) - after.start() if after else 0)
        between = self.text_only.encode(text[first:last], add_special_tokens=False).ids
        # ``Writer`` by name: a dataclass with slots is a new class, and ``super()`` would refer to the one before it.
        return (*Writer.ids(self, text[:first]), *between, *Writer.ids(self, text[last:]))

"""A candidate that spells out special tokens is read as text: it ends no turn, and begins none in another's name.

Tokenizers read ``<|im_end|>`` as the end of a turn wherever it stands. So a candidate could close its own answer,
praise it as the user, and be scored for a third turn. Here what the format writes before and after the candidate keeps
its special tokens, and what lies between them is tokenised without any. Candidates that spell out none, which is nearly
all, are tokenised as ever.

Not promised for texts that come written out, template and all: there nobody can tell whose token is whose. Prompts are
the caller's own, and are not looked at.
"""

import copy
import re
from dataclasses import dataclass
from functools import cached_property

from tokenizers import Tokenizer

from clients.contract.scoring import Group, Message
from services.rm.tokens.formats import FormatError, Writer

_FREE = range(0xE000, 0xF900)
"""Unicode's private use: characters that stand for a candidate, where it has not the same."""


class SpecialTokenEscaper:
    """The special tokens of a tokenizer."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        names = sorted(writer.special_tokens(), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, names))) if names else None

    def writer(self, writer: Writer, group: Group, candidate: str) -> Writer:
        """Return ``writer``, or for a candidate that spells out a special token one that reads it as text.

        Raises:
            FormatError: the tokenizer cannot be kept from reading it as a token.
        """
        found = self._special.search(candidate) if self._special else None
        if not self._special or not found:
            return writer
        stand_in = next((chr(code) for code in _FREE if chr(code) not in candidate), "")
        asked = group.prompt
        before = [Message(role="user", content=asked)] if isinstance(asked, str) else asked
        written = writer.text([*before, Message(role="assistant", content=stand_in)], group.test)
        ahead, _, behind = written.rpartition(stand_in)
        escaping = EscapingWriter(
            tokenizer=writer.tokenizer,
            name=writer.name,
            suffix=writer.suffix,
            ahead=ahead,
            behind=behind,
            special=self._special,
            text_only=self._text_only,
        )
        if not stand_in or escaping.ids(written) != writer.ids(written):
            raise FormatError(
                f"the candidate spells out the special token {found[0]!r}, and this tokenizer cannot be kept from "
                f"reading it as one; take it out"
            )
        return escaping

    @cached_property
    def _text_only(self) -> Tokenizer:
        """A copy, for it is switched for good: other threads use the tokenizer itself."""
        made = getattr(self._writer.tokenizer, "backend_tokenizer", None)
        if not isinstance(made, Tokenizer):
            raise FormatError("the candidate spells out a special token; take it out")
        own = copy.deepcopy(made)
        own.no_padding()
        own.no_truncation()
        own.encode_special_tokens = True
        return own


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapingWriter(Writer):
    """Writes conversations that differ in their candidate alone."""

    ahead: str
    """What stands before the candidate."""
    behind: str
    """And after."""
    special: re.Pattern[str]
    text_only: Tokenizer

    def ids(self, text: str) -> tuple[int, ...]:
        """Tokenise; special tokens are those before and after the candidate alone.

        Raises:
            FormatError: the format writes more anew than the candidate.
        """
        if not (
            text.startswith(self.ahead)
            and text.endswith(self.behind)
            and len(text) >= len(self.ahead) + len(self.behind)
        ):
            raise FormatError(
                "the candidate spells out a special token, and the template rewrites it; take it out"
            )
        first = max((found.end() for found in self.special.finditer(self.ahead)), default=0)
        after = self.special.search(self.behind)
        last = len(text) - (len(self.behind) - after.start() if after else 0)
        between = self.text_only.encode(text[first:last], add_special_tokens=False).ids
        # Named, for a dataclass of slots is another class than the one that ``super()`` would mean.
        return (*Writer.ids(self, text[:first]), *between, *Writer.ids(self, text[last:]))

"""Cuts the completion out of a text that a trainer decoded: removes the prompt and special tokens. Pure."""

import re

_SPECIAL = r"(?:<\|[\w▁:-]{1,40}\|>|<｜[\w▁:-]{1,40}｜>|</?s>|<(?:bos|eos|pad|unk|end_of_turn|start_of_turn)>|\[PAD\])"
_LEADING = re.compile(rf"^(?:\s*{_SPECIAL})+")
_TRAILING = re.compile(rf"(?:\s*{_SPECIAL})+\s*$")
_ANY = re.compile(_SPECIAL)


def completion_of(query: str, prompt: str) -> tuple[str, bool]:
    """Return what follows ``prompt`` in ``query``, and whether the prompt was found.

    Tokenizers may pad, and may decode special tokens differently in the two texts. So the prompt is searched
    as it is, then without surrounding white space, then without special tokens.
    """
    if prompt and query.startswith(prompt):
        return _trimmed(query[len(prompt) :]), True
    at = query.find(prompt.strip()) if prompt.strip() else -1
    if at >= 0:
        return _trimmed(query[at + len(prompt.strip()) :]), True
    bare_query, bare_prompt = _ANY.sub("", query), _ANY.sub("", prompt).strip()
    at = bare_query.find(bare_prompt) if bare_prompt else -1
    if at >= 0:
        return bare_query[at + len(bare_prompt) :], True
    return _trimmed(query), not prompt


def _trimmed(text: str) -> str:
    return _LEADING.sub("", _TRAILING.sub("", text))

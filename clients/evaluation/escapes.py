"""Replaces characters of hostile text that are invisible, or change how other characters are shown, by escapes. Pure.

HTML escaping is the template's. This is what it does not do.
"""

import unicodedata

_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories shown as escapes: controls, direction overrides, unpaired surrogates, line separators."""


def plain(text: str) -> str:
    """Replace characters that are invisible, or change how others are shown, by escapes."""
    return "".join(
        char if char in "\n\t" or unicodedata.category(char) not in _ESCAPED else f"\\u{{{ord(char):x}}}"
        for char in text
    )

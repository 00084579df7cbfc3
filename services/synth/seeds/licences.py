"""Maps the names of licences in package metadata to SPDX identifiers, and decides which are allowed. Pure."""

import re
from collections.abc import Collection, Iterable

PERMISSIVE = frozenset(
    "0BSD Apache-2.0 BSD-1-Clause BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 ISC MIT MIT-0 MIT-CMU PSF-2.0 Python-2.0 "
    "Unlicense WTFPL Zlib".split()
)
"""SPDX identifiers of licences that ask for little more than their own text to be kept."""

_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
}
"""Trove classifier → SPDX. "BSD License" does not say which; BSD-3-Clause has the most conditions of those."""
_SPELLINGS = {
    "mit": "MIT",
    "mit license": "MIT",
    "the mit license": "MIT",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd 2-clause": "BSD-2-Clause",
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "psf license": "PSF-2.0",
    "isc": "ISC",
    "unlicense": "Unlicense",
    "public domain": "Unlicense",
}
_SPDX_WORD = re.compile(r"[A-Za-z0-9.+-]+\Z")


def spdx_of(expression: str, licence: str, classifiers: Iterable[str]) -> str:
    """Return the SPDX expression of a package: of its field License-Expression, License, or its classifiers; or empty.

    A field License that holds a whole text, and not a name, is not read.
    """
    if expression.strip():
        return expression.strip()
    name = licence.strip()
    if name.lower() in _SPELLINGS:
        return _SPELLINGS[name.lower()]
    if _is_expression(name):
        return name
    names = [c.rpartition("::")[2].strip() for c in classifiers if c.startswith("License ::")]
    known = sorted({_CLASSIFIERS[name] for name in names if name in _CLASSIFIERS})
    return " OR ".join(known) if len(known) == len(set(names)) else ""


def _is_expression(text: str) -> bool:
    words = re.sub(r"\b(?:AND|OR|WITH)\b|[()]", " ", text).split()
    return bool(words) and all(
        _SPDX_WORD.match(word) and (word in PERMISSIVE or "-" in word) for word in words
    )


def is_allowed(licence: str, allowed: Collection[str]) -> bool:
    """Whether an SPDX expression can be met with the allowed licences: all of an ``AND``, one of an ``OR``.

    Identifiers are compared without regard to case. An unknown licence is not allowed.
    """
    names = {name.lower() for name in allowed}
    parts = re.split(r"\s+OR\s+", licence.replace("(", " ").replace(")", " "))
    if "(" in licence and " AND " in licence and " OR " in licence:  # nested: every licence has to be allowed
        parts = [" AND ".join(parts)]
    return any(
        bool(part.strip()) and all(name.strip().lower() in names for name in re.split(r"\s+AND\s+", part))
        for part in parts
    )

"""Ranks benchmark problems by the likeness of their words to a document's: cosine of TF-IDF, in plain Python. Pure.

The fallback where no embeddings are at hand. A word counts by its stem, and by its runs of four letters, so that
"sorted" is near "sorting" and "palindromic" near "palindrome". Words that exercises use for one thing ("string" and
"text") are one term. Other rewordings ("ascending" and "increasing") take embeddings.
"""

import math
from collections import Counter
from collections.abc import Sequence

from services.synth.decontamination.documents import Document

_STOP = frozenset(
    "a an and any are as at be been but by can do does each either else for from given has have if in into is it its "
    "let may no not of on one only or otherwise other over should so such such than that the their them then there "
    "these they this those to two under up use used using was what when where which while will with within without "
    "you your write function method returns return python program code implement create task takes take input "
    "output example examples parameter parameters argument arguments value values int str bool float list type "
    "none def".split()
)
"""Words that say how an exercise is written, not what it asks."""
_SAME = {
    word: group.split()[0]
    for group in (
        "string text sentence phrase",
        "character letter symbol char",
        "element item entry member",
        "number integer numeral figure",
        "list array sequence series collection",
        "sort order arrange ordered",
        "average mean",
        "close near nearest closest closer nearer",
        "maximum max largest biggest greatest highest longest",
        "minimum min smallest least lowest shortest",
        "unique distinct different",
        "space blank whitespace",
        "remove drop delete discard omit",
        "count occurrences times many",
        "equal same identical",
        "begin start first",
        "last end final",
        "decide check determine tell verify whether",
        "common share shared both",
        "positive greater above",
        "threshold limit bound",
        "find choose pick select locate",
        "replace substitute swap",
        "prime primes",
        "bracket parenthesis parentheses paren brackets",
        "reverse backwards reversed",
        "sum total add addition",
        "duplicate repetition repeated",
        "recursion recursive recursively",
    )
    for word in group.split()
}
"""Words that exercises use for one thing → the first of them."""
_RUN = 4  # letters: the common part of inflected forms, without being a common syllable
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "ly", "ally", "al")


class LexicalIndex:
    """The statements of benchmark problems, weighted by how rare their words are among them."""

    def __init__(self, documents: Sequence[Document]) -> None:
        counts = [Counter(terms_of(document)) for document in documents]
        frequency = Counter(term for count in counts for term in count)
        total = len(documents)
        self._weight = {term: math.log(1 + total / n) for term, n in frequency.items()}
        self._unseen = math.log(1 + total)
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for position, count in enumerate(counts):
            vector = self._vector(count)
            for term, weight in vector.items():
                self._postings.setdefault(term, []).append((position, weight))

    def nearest(self, document: Document, count: int) -> list[tuple[int, float]]:
        """Return the positions of the ``count`` most similar problems with their cosine, best first."""
        scores: Counter[int] = Counter()
        for term, weight in self._vector(Counter(terms_of(document))).items():
            for position, own in self._postings.get(term, ()):
                scores[position] += weight * own  # type: ignore[assignment]  # a Counter of floats
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return [(position, min(1.0, float(score))) for position, score in ranked[:count]]

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        """Return the terms' weights as a vector of length 1."""
        vector = {
            term: (1 + math.log(n)) * self._weight.get(term, self._unseen) for term, n in counts.items()
        }
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        return {term: weight / length for term, weight in vector.items()}


def terms_of(document: Document) -> list[str]:
    """Return the terms of a document's statement: stems, and runs of letters of longer words."""
    terms = []
    for word in document.words:
        if word not in _STOP and len(word) > 1:
            stem = _stem(_SAME.get(word) or _SAME.get(_stem(word), word))
            terms.append(stem)
            terms += (
                [f"{stem[at : at + _RUN]}~" for at in range(len(stem) - _RUN + 1)] if len(stem) > _RUN else []
            )
    return terms


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word

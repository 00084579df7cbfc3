"""Finds the recorded reply for a request: of the same conversation if there is one, else of the same kind of prompt."""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "recordings"
"""The recordings of the repository."""


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """One reply of a model, as it came."""

    purpose: str
    model: str
    seed: int
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    has_schema: bool
    """Whether the server was asked for JSON of a schema."""


class Recordings:
    """All recorded replies, by conversation and by kind of prompt."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self._by_messages: dict[str, list[RecordedReply]] = defaultdict(list)
        self._by_system: dict[str, list[RecordedReply]] = defaultdict(list)
        for line in lines:
            body = line["body"]
            usage = line.get("usage") or {}
            reply = RecordedReply(
                line["purpose"],
                line["model"],
                body.get("seed") or 0,
                line["reply"],
                line["finish_reason"],
                usage.get("prompt_tokens", 0),
                usage.get("completion_tokens", 0),
                "response_format" in body,
            )
            self._by_messages[_digest(body["messages"])].append(reply)
            self._by_system[_system(body["messages"])].append(reply)

    def has(self, messages: list[dict[str, str]]) -> bool:
        """Return whether this very conversation was recorded."""
        return _digest(messages) in self._by_messages

    def pick(self, messages: list[dict[str, str]], seed: int, *, has_schema: bool) -> RecordedReply | None:
        """Return the reply for a conversation and seed; equal requests get equal replies.

        A conversation that was recorded gets the reply of its seed, or another of its own. Any other conversation
        gets one of those that began with the same system message, chosen by its text and its seed.
        """
        digest = _digest(messages)
        candidates = self._by_messages.get(digest) or self._by_system.get(_system(messages)) or []
        candidates = [reply for reply in candidates if reply.has_schema == has_schema] or candidates
        if not candidates:
            return None
        if digest in self._by_messages:
            same = [reply for reply in candidates if reply.seed == seed]
            return same[0] if same else candidates[seed % len(candidates)]
        return candidates[int(_digest([digest, seed]), 16) % len(candidates)]


def load(*paths: Path) -> list[dict[str, Any]]:
    """Return the lines of recordings that have a reply; without paths, those of the repository."""
    lines = []
    for path in paths or sorted(FOLDER.glob("*.jsonl.gz")):
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        lines += [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [line for line in lines if "reply" in line]


def _system(messages: list[dict[str, str]]) -> str:
    return messages[0]["content"] if messages and messages[0]["role"] == "system" else ""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

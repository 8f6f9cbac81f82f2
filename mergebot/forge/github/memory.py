"""What mergebot remembers between passes on a forge: `merge-queue.json` in the tree of `refs/mergebot/state`.

A convenience, never the truth: without it a refused merge is tried once more, a comment is looked up again, and a
parent that has grown is not recognised by its older head. Nothing is merged because of what stands in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mergebot.model.ids import PrNumber, Sha

SCHEMA: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """GitHub would not merge, or take a push of, this head: its `words`.

    `signs`: what GitHub said of the PR then (merge state, review decision, base for a conflict); once that has
    changed, the step is tried again.
    """

    head: Sha
    words: str
    signs: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnComment:
    """The comment that mergebot keeps on a PR; `digest` of what it says, so that only a change is written."""

    id: int
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """`heads`: each open PR's head at the end of the last pass. `frozen`: a pause that has no issue of its own.

    `answered`: the last comment on each PR that was answered, by its number, for where the reaction that says so
    cannot be made, or is another account's.
    """

    heads: Mapping[PrNumber, Sha] = field(default_factory=dict)
    refusals: Mapping[PrNumber, Refusal] = field(default_factory=dict)
    comments: Mapping[PrNumber, OwnComment] = field(default_factory=dict)
    answered: Mapping[PrNumber, int] = field(default_factory=dict)
    frozen: str = ""


def parse(raw: bytes | None) -> Memory:
    """What the file says; whatever cannot be used is left out, for it is only a convenience."""
    try:
        content = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return Memory()
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return Memory()
    heads, refusals, comments, answered = {}, {}, {}, {}
    for number, item in _prs(content.get("prs")):
        if _is_sha(item.get("head")):
            heads[number] = Sha(item["head"])
        if (refusal := _refusal(item.get("refused"))) is not None:
            refusals[number] = refusal
        if (comment := _comment(item.get("comment"))) is not None:
            comments[number] = comment
        if type(item.get("answered")) is int:
            answered[number] = item["answered"]
    frozen = content.get("frozen")
    kept = frozen if isinstance(frozen, str) else ""
    return Memory(heads=heads, refusals=refusals, comments=comments, answered=answered, frozen=kept)


def dumped(memory: Memory) -> bytes:
    """The file's bytes: the same memory always gives the same."""
    prs: dict[str, dict[str, Any]] = {}
    for number in sorted({*memory.heads, *memory.refusals, *memory.comments, *memory.answered}):
        item = prs.setdefault(str(number), {})
        if number in memory.heads:
            item["head"] = memory.heads[number]
        if (refusal := memory.refusals.get(number)) is not None:
            item["refused"] = {"head": refusal.head, "words": refusal.words, "signs": refusal.signs}
        if (comment := memory.comments.get(number)) is not None:
            item["comment"] = {"id": comment.id, "digest": comment.digest}
        if number in memory.answered:
            item["answered"] = memory.answered[number]
    content = {"schema": SCHEMA, "frozen": memory.frozen or None, "prs": prs}
    return (json.dumps(content, indent=2) + "\n").encode()


def _prs(prs: object) -> list[tuple[PrNumber, dict[str, Any]]]:
    if not isinstance(prs, dict):
        return []
    items = ((key, item) for key, item in prs.items() if isinstance(item, dict))
    return [(PrNumber(int(key)), item) for key, item in items if key.isascii() and key.isdecimal()]


def _refusal(item: object) -> Refusal | None:
    if not isinstance(item, dict) or not _is_sha(item.get("head")):
        return None
    words, signs = item.get("words"), item.get("signs", "")
    if not isinstance(words, str) or not words or not isinstance(signs, str):
        return None
    return Refusal(head=Sha(item["head"]), words=words, signs=signs)


def _comment(item: object) -> OwnComment | None:
    if not isinstance(item, dict) or type(item.get("id")) is not int or not isinstance(item.get("digest"), str):
        return None
    return OwnComment(id=item["id"], digest=item["digest"])


def _is_sha(value: object) -> bool:
    return isinstance(value, str) and len(value) in (40, 64) and all(char in "0123456789abcdef" for char in value)

"""What mergebot remembers between passes on a forge: `merge-queue.json` in the tree of `refs/mergebot/state`.

Beside it stands `status.json`, and in it the merge order: these are for others to read (contract 4.7). The rest is a
convenience, never the truth: without it a refused merge is tried once more, a comment is looked up again, and a parent
that has grown is not recognised by its older head. Nothing is merged because of what stands in it.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mergebot.model.ids import PrNumber, Sha

SCHEMA: Final = 1

MOST_ANSWERED: Final = 300
"""Answered comments of one PR that are remembered: about as many as are looked at."""

MOST_OUTGROWN: Final = 5
"""Outgrown heads of one PR that are remembered, the newest."""

_BIGGEST: Final = 2**63
"""Above all numbers of GitHub's; what is larger was not written by mergebot."""


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
    """`heads`: each open PR's head at the end of the last pass. `outgrown`: see the module of that name.

    `frozen`: a pause that has no issue of its own.
    `answered`: the newest comments on each PR that were answered, by their numbers, for where the reaction that says
    so cannot be made, or is another account's. `base`, `order`: the branch that is merged into, and the merge order of
    the open PRs. `status`: the bytes of `status.json` (b"": there is none).
    """

    heads: Mapping[PrNumber, Sha] = field(default_factory=dict)
    outgrown: Mapping[PrNumber, tuple[Sha, ...]] = field(default_factory=dict)
    refusals: Mapping[PrNumber, Refusal] = field(default_factory=dict)
    comments: Mapping[PrNumber, OwnComment] = field(default_factory=dict)
    answered: Mapping[PrNumber, tuple[int, ...]] = field(default_factory=dict)
    frozen: str = ""
    base: str = ""
    order: tuple[PrNumber, ...] = ()
    status: bytes = b""


def parse(raw: bytes | None, status: bytes | None = None) -> Memory:
    """What the two files say; whatever cannot be used is left out, for it is only a convenience."""
    try:
        content = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return Memory(status=status or b"")
    heads, outgrown, refusals, comments, answered = {}, {}, {}, {}, {}
    for number, item in _prs(content.get("prs")):
        if _is_sha(item.get("head")):
            heads[number] = Sha(item["head"])
        if older := _shas(item.get("outgrown")):
            outgrown[number] = older
        if (refusal := _refusal(item.get("refused"))) is not None:
            refusals[number] = refusal
        if (comment := _comment(item.get("comment"))) is not None:
            comments[number] = comment
        if ids := _ids(item.get("answered")):
            answered[number] = ids
    frozen = content.get("frozen")
    return Memory(
        heads=heads,
        outgrown=outgrown,
        refusals=refusals,
        comments=comments,
        answered=answered,
        frozen=frozen if isinstance(frozen, str) else "",
        base=_base(content.get("base")),
        order=_order(content.get("order")),
        status=status or b"",
    )


def dumped(memory: Memory) -> bytes:
    """The bytes of `merge-queue.json`: the same memory always gives the same."""
    prs: dict[str, dict[str, Any]] = {}
    for number in sorted({*memory.heads, *memory.outgrown, *memory.refusals, *memory.comments, *memory.answered}):
        item = prs.setdefault(str(number), {})
        if number in memory.heads:
            item["head"] = memory.heads[number]
        if number in memory.outgrown:
            item["outgrown"] = [*memory.outgrown[number]]
        if (refusal := memory.refusals.get(number)) is not None:
            item["refused"] = {"head": refusal.head, "words": refusal.words, "signs": refusal.signs}
        if (comment := memory.comments.get(number)) is not None:
            item["comment"] = {"id": comment.id, "digest": comment.digest}
        if number in memory.answered:
            item["answered"] = [*memory.answered[number]]
    base = {"branch": memory.base} if memory.base else None  # without its commit: that changes all the time
    content = {"schema": SCHEMA, "base": base, "order": [*memory.order], "frozen": memory.frozen or None, "prs": prs}
    return (json.dumps(content, indent=2) + "\n").encode()


def with_answers(
    one: Mapping[PrNumber, Collection[int]], other: Mapping[PrNumber, Collection[int]]
) -> dict[PrNumber, tuple[int, ...]]:
    """The comments that were answered by one account or the other; as many of each PR as are ever looked at."""
    every = {number: {*one.get(number, ()), *other.get(number, ())} for number in {*one, *other}}
    return {number: tuple(sorted(ids)[-MOST_ANSWERED:]) for number, ids in every.items() if ids}


def _prs(prs: object) -> list[tuple[PrNumber, dict[str, Any]]]:
    if not isinstance(prs, dict):
        return []
    items = ((key, item) for key, item in prs.items() if isinstance(item, dict))
    return [(PrNumber(int(key)), item) for key, item in items if re.fullmatch("[1-9][0-9]{0,17}", key)]


def _base(base: object) -> str:
    branch = base.get("branch") if isinstance(base, dict) else None
    return branch if isinstance(branch, str) else ""


def _order(order: object) -> tuple[PrNumber, ...]:
    numbers = order if isinstance(order, list) else []
    return tuple(PrNumber(number) for number in numbers if _is_number(number))


def _ids(item: object) -> tuple[int, ...]:
    if not isinstance(item, list):
        return ()
    return tuple(sorted({one for one in item if _is_number(one)})[-MOST_ANSWERED:])


def _shas(item: object) -> tuple[Sha, ...]:
    found = item if isinstance(item, list) else []
    return tuple(Sha(one) for one in found[:MOST_OUTGROWN] if _is_sha(one))


def _refusal(item: object) -> Refusal | None:
    if not isinstance(item, dict) or not _is_sha(item.get("head")):
        return None
    words, signs = item.get("words"), item.get("signs", "")
    if not isinstance(words, str) or not words or not isinstance(signs, str):
        return None
    return Refusal(head=Sha(item["head"]), words=words, signs=signs)


def _comment(item: object) -> OwnComment | None:
    if not isinstance(item, dict) or not _is_number(item.get("id")) or not isinstance(item.get("digest"), str):
        return None
    return OwnComment(id=item["id"], digest=item["digest"])


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < _BIGGEST


def _is_sha(value: object) -> bool:
    return isinstance(value, str) and len(value) in (40, 64) and all(char in "0123456789abcdef" for char in value)

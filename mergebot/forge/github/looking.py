"""One PR as REST shows it at this moment: what the writer looks at around a write.

Platform: this request is what starts GitHub's own computation of whether the PR merges (`mergeable` null until then).
"""

from dataclasses import dataclass

from mergebot.errors import MergebotError
from mergebot.forge.github.plain import as_dict, as_sha, as_text
from mergebot.forge.github.session import Session
from mergebot.model.ids import Branch, PrNumber, Sha


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """`merged`: the commit it landed as; `merge_state` as GraphQL's `mergeStateStatus`; `merged_by` without `[bot]`."""

    open: bool
    head: Sha
    base: Branch
    is_merged: bool = False
    merged: Sha | None = None
    merged_by: str = ""
    draft: bool = False
    labels: frozenset[str] = frozenset()
    mergeable: bool | None = None
    merge_state: str = "UNKNOWN"


def look(session: Session, number: PrNumber) -> Look:
    """Read one PR.

    Raises:
        MergebotError: it cannot be read, or the answer is none.
    """
    return read_pull(session.client.get(f"{session.api}/pulls/{number}"), number)


def read_pull(answer: object, number: PrNumber) -> Look:
    """What an answer says of a PR.

    Raises:
        MergebotError: it lacks what has to be known.
    """
    item = as_dict(answer)
    head, base = as_sha(as_dict(item.get("head")).get("sha")), as_text(as_dict(item.get("base")).get("ref"))
    if item.get("number") != number or head is None or not base or item.get("state") not in ("open", "closed"):
        raise MergebotError(f"what GitHub says of #{number} cannot be used")
    is_merged = item.get("merged") is True
    mergeable = item.get("mergeable")
    labels = item.get("labels")
    return Look(
        open=item["state"] == "open",
        head=head,
        base=Branch(base),
        is_merged=is_merged,
        merged=as_sha(item.get("merge_commit_sha")) if is_merged else None,
        merged_by=as_text(as_dict(item.get("merged_by")).get("login")).removesuffix("[bot]"),
        draft=item.get("draft") is True,
        labels=frozenset(as_text(as_dict(label).get("name")) for label in (labels if isinstance(labels, list) else ())),
        mergeable=mergeable if isinstance(mergeable, bool) else None,
        merge_state=as_text(item.get("mergeable_state")).upper() or "UNKNOWN",
    )

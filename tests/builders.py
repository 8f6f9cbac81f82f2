"""Values for tests, with valid defaults: name only what the test is about."""

from typing import Any

from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.people import Person
from mergebot.model.snapshot import BaseBranch, Check, CheckList, CheckState, Head, PullRequest, ReviewTally, Snapshot


def sha(seed: int | str) -> Sha:
    """A well-formed object id that is the same for the same seed."""
    return Sha(f"{hash_of(seed):040x}")


def hash_of(seed: int | str) -> int:
    """A stable number for a seed."""
    return seed if isinstance(seed, int) else int.from_bytes(seed.encode()[-19:], "big")


AUTHOR = Person(login="ada")
GREEN = CheckList(checks=(Check(name="ci", state=CheckState.SUCCESS),))


def pull_request(number: int, **changes: Any) -> PullRequest:  # noqa: ANN401 (a builder takes any field)
    """An open PR that passes every criterion that does not ask git."""
    defaults: dict[str, Any] = {
        "number": PrNumber(number),
        "title": f"Change {number}",
        "head": Head(branch=Branch(f"change-{number}"), sha=sha(1000 + number)),
        "base": Branch("main"),
        "author": AUTHOR,
        "labels": frozenset({"merge"}),
        "checks": GREEN,
        "reviews": ReviewTally(approvals=1),
        "score_status": "10/10",
        "authors": ("Ada Author <ada@example.org>",),
    }
    return PullRequest(**{**defaults, **changes})


def snapshot(*pull_requests: PullRequest, **changes: Any) -> Snapshot:  # noqa: ANN401 (a builder takes any field)
    """A snapshot of these open PRs, without any answer of git yet."""
    defaults: dict[str, Any] = {
        "repository": "fleet",
        "taken_at": 1_750_000_000.0,
        "base": BaseBranch(branch=Branch("main"), sha=sha("base")),
        "pull_requests": pull_requests,
    }
    return Snapshot(**{**defaults, **changes})

"""Which pull requests came to a branch, as the subjects of its commits say: `TITLE (#N)`."""

import re
from typing import Final

from mergebot.errors import GitError
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha

MOST: Final = 10_000
"""Commits that are looked at, newest first."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NUMBER = re.compile(rb"\(#([1-9][0-9]{0,9})\)$")


def landed_since(repository: Repository, tip: Sha, base: Sha) -> dict[PrNumber, Sha]:
    """The commits that `tip` has and `base` has not, by the number in which their subjects end, of several the oldest.

    It is what anybody may write who may push. Nothing where `base` is not here.
    """
    if not _SHA.fullmatch(base):
        return {}
    try:
        listed = repository.run("rev-list", f"--max-count={MOST}", "--format=%H %s", f"{base}..{tip}", "--")
    except GitError:
        return {}
    found: dict[PrNumber, Sha] = {}
    for line in listed.split(b"\n"):  # `commit ID`, then the line that was asked for
        sha, _, subject = line.partition(b" ")
        if sha != b"commit" and (number := _NUMBER.search(subject)):
            found[PrNumber(int(number[1]))] = Sha(sha.decode())
    return found

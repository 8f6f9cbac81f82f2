"""Which pull requests came to a branch, as the subjects of its commits say: `TITLE (#N)`."""

import re
from typing import Final

from mergebot.errors import GitError
from mergebot.git.repository import Repository
from mergebot.model.ids import PrNumber, Sha

MOST: Final = 10_000
"""Commits that are looked at; where there are as many, nothing is said of any."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NUMBER = re.compile(rb"\(#([1-9][0-9]{0,9})\)$")


def landed_since(repository: Repository, tip: Sha, base: Sha) -> dict[PrNumber, Sha] | None:
    """The commits that `tip` has and `base` has not, by the number in which their subjects end, of several the oldest.

    It is what anybody may write who may push. None where `base` is not here, or too far away.
    """
    if not _SHA.fullmatch(base):
        return None
    try:
        listed = repository.run("rev-list", f"--max-count={MOST}", "--format=%H %s", f"{base}..{tip}", "--")
    except GitError:
        return None
    lines = listed.split(b"\n")
    if len(lines) > 2 * MOST:
        return None
    found: dict[PrNumber, Sha] = {}
    for line in lines:  # `commit ID`, then the line that was asked for
        sha, _, subject = line.partition(b" ")
        if sha != b"commit" and (number := _NUMBER.search(subject)):
            found[PrNumber(int(number[1]))] = Sha(sha.decode())
    return found

"""API requests of a pass against the number of open PRs, beside a client that asks per PR.

    python bench/requests.py

Both talk to the test server over HTTP, and the server's log is counted; git's own requests are no API requests. The
other client lists the PRs, 100 at a time, and asks four things of each: itself, its labels, its comments, its checks.
A merge is measured by passes that merge 1 and 11 PRs, each with nothing else to do.
"""

import json
import math
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from table import show

# The tests' server is needed, and this file must not stand in for the library of its name.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from mergebot.cycle import run_once
from tests.scenarios.github_world import NAME, GithubWorld
from tests.server.hub import GitHub

SIZES = (10, 100, 500)
MERGES = 10
PER_PR = (
    "pulls/{n}",
    "issues/{n}",
    "issues/{n}/comments?per_page=100",
    "commits/{sha}/check-runs?per_page=100",
)


def main() -> None:
    """Count, and print the table."""
    rows = [row(size) for size in SIZES]
    header = ("open PRs", "quiet pass", "bound", "per merge", "bound", "asks per PR", "ratio", "writes", "seconds")
    show("API requests of a pass (quiet: nothing to do)", header, rows)


def row(size: int) -> Sequence[str]:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder, GitHub.start(Path(folder) / "hub") as hub:
        world = GithubWorld.create(hub, Path(folder))
        world.crowd(size - MERGES)
        names = [f"agent-{index}" for index in range(MERGES)]
        for name in names:
            world.agent(name, {f"{name}.txt": f"mark:{name}\n"}, labels=["merge", "hold"])
        world.answer()
        run(world)  # makes the clone, and writes what there is to say
        start = time.perf_counter()
        quiet, writes = run(world)
        seconds = time.perf_counter() - start
        asked = per_pr(world)
        release(world, names[:1])
        one, _ = run(world)
        release(world, names[1:])
        ten, _ = run(world)
        assert len(world.landed()) == MERGES
    pages = math.ceil(size / 25)
    merge = (ten - one) / (MERGES - 2)
    return (
        f"{size:,}",
        str(quiet),
        str(pages + 6),
        f"{merge:.1f}",
        "6",
        f"{asked:,}",
        f"{asked / quiet:.0f} x",
        str(writes),
        f"{seconds:.1f}",
    )


def run(world: GithubWorld) -> tuple[int, int]:
    """One pass: its API requests and its writes."""
    asked, writes = len(world.hub.api_requests()), len(world.hub.writes())
    run_once(world.forge(), config=None, now=world.clock)
    return len(world.hub.api_requests()) - asked, len(world.hub.writes()) - writes


def release(world: GithubWorld, names: Sequence[str]) -> None:
    """Lift the hold."""
    for name in names:
        world.repo.unlabel(world.pulls[name], "hold")


def per_pr(world: GithubWorld) -> int:
    """What the other client asks, really asked."""
    before = len(world.hub.api_requests())
    page, pulls = 1, list[dict[str, Any]]()
    while found := ask(world, f"pulls?state=open&per_page=100&page={page}"):
        pulls += found
        page += 1
    for pull in pulls:
        for path in PER_PR:
            ask(world, path.format(n=pull["number"], sha=pull["head"]["sha"]))
    return len(world.hub.api_requests()) - before


def ask(world: GithubWorld, path: str) -> list[dict[str, Any]]:
    """One request."""
    url = f"{world.hub.api}/repos/{NAME}/{path}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {world.token}"})  # noqa: S310 (our own)
    with urllib.request.urlopen(request) as answer:  # noqa: S310 (our own server)
        return json.load(answer)  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()

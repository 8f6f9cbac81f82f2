"""What mergebot itself says to GitHub while it works through a queue, held to GitHub's own descriptions."""

from collections import Counter
from pathlib import Path

from tests.conformance.log import check_log
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked
from tests.server.hub import GitHub
from tests.server.state import Rule


def test_a_queue_with_a_bit_of_everything_is_within_githubs_descriptions(tmp_path: Path) -> None:
    """Merges, a restack, a retarget, a conflict with its comment, a freeze: every request and every answer fits."""
    with GitHub.start(tmp_path) as hub:
        world = GithubWorld.create(hub, tmp_path)
        world.repo.rule(Rule("non_fast_forward"))
        world.depend({"b": ["a"]})
        world.agent("a", {"a.txt": marked("a")})
        world.agent("b", {"b.txt": marked("b")})
        world.chain("low", "high")
        world.agent("clash", {"a.txt": "other\n"}, labels=["merge"])
        for index in range(101):
            world.repo.label(world.pulls["clash"], f"label-{index}")
        world.answer()
        for _ in range(2):
            world.run(quiet_after=False)
            world.answer()
        world.repo.issue("stop", ["mergebot-freeze"])
        world.run(quiet_after=False)

        assert check_log(hub.log) == []
        seen = Counter(exchange.operation for exchange in hub.log if exchange.kind == "graphql")
        written = {exchange.method for exchange in hub.writes() if exchange.kind == "rest"}

    assert {"MergebotQueue", "MergebotLookup"} <= set(seen)
    assert {"PUT", "PATCH", "POST"} <= written

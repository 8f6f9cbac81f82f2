"""One case of each kind of fault; `make faults` plays them all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.kinds import KINDS
from tests.faults.playing import GIT_FAILS, KILLED, Player
from tests.faults.stage import Stage
from tests.faults.stories import STORIES
from tests.server.hub import GitHub

STORY = "conflict"
ALL = (KILLED, GIT_FAILS, *KINDS)


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    """A PR and two that depend on it, of which one conflicts; recorded once."""
    path: Path = tmp_path_factory.mktemp("faults")
    hub = GitHub.start(path / "hub")
    yield Player("sockets", STORY, Stage.record(STORIES[STORY], path, hub))
    hub.stop()


@pytest.mark.parametrize("kind", ALL)
def test_a_fault_is_mended_by_two_more_passes_at_most(player: Player, kind: str) -> None:
    """The end is the one that the undisturbed pass has, and no invariant was broken on the way (contract 4)."""
    cases = list(player.cases(kind))
    case = cases[ALL.index(kind) * 7 % len(cases)]

    played = player.play(case)

    assert [one.problem for one in played if one.problem] == []
    assert sorted(number for one in played for number in one.struck) == sorted(case.at)


def test_a_wrong_end_is_found(player: Player) -> None:
    """The matrix is worth what it finds: here nobody goes on after a kill."""
    case = next(iter(player.cases(KILLED)))
    player.stage.restore(player.stage.rounds[case.round])

    assert player.stage.end() != player.stage.rounds[case.round].end

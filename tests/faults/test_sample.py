"""One case of each kind of fault, over sockets and in process; `make faults` plays them all."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults.kinds import KINDS
from tests.faults.playing import GIT_FAILS, KILLED, Player
from tests.faults.stage import Stage
from tests.faults.stories import STORIES
from tests.faults.ways import WAYS
from tests.server.hub import GitHub

STORY = "conflict"
ALL = (KILLED, GIT_FAILS, *KINDS)


@pytest.fixture(scope="module")
def players(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Player]]:
    """A PR and two that depend on it, of which one conflicts; recorded once in each way."""
    hubs, found = [], {}
    for name, way in WAYS.items():
        path: Path = tmp_path_factory.mktemp("faults")
        hubs.append(GitHub.start(path / "hub"))
        found[name] = Player(name, STORY, Stage.record(STORIES[STORY], path, hubs[-1], way))
    yield found
    for hub in hubs:
        hub.stop()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ALL)
def test_a_fault_is_mended_by_two_more_passes_at_most(players: Mapping[str, Player], way: str, kind: str) -> None:
    """The end is the one that the undisturbed pass has, and no invariant was broken on the way (contract 4)."""
    cases = list(players[way].cases(kind))
    case = cases[ALL.index(kind) * 7 % len(cases)]

    played = players[way].play(case)

    assert [one.problem for one in played if one.problem] == []
    assert sorted(number for one in played for number in one.struck) == sorted(case.at)


def test_in_process_all_is_as_over_sockets(players: Mapping[str, Player]) -> None:
    """Else what is tried there would say nothing: the same ends, the same requests but for git's fetches."""
    near, far = (players[way].stage.rounds for way in ("in process", "sockets"))
    assert [one.end for one in near] == [one.end for one in far]
    for here, there in zip(near, far, strict=True):
        assert [str(one) for one in here.log if one.kind != "git"] == [
            str(one) for one in there.log if one.kind != "git"
        ]
        assert [one.operation for one in here.log if one.writes] == [one.operation for one in there.log if one.writes]


def test_a_wrong_end_is_found(players: Mapping[str, Player]) -> None:
    """The matrix is worth what it finds: here nobody goes on after a kill."""
    player = players["sockets"]
    case = next(iter(player.cases(KILLED)))
    player.stage.restore(player.stage.rounds[case.round])

    assert player.stage.end() != player.stage.rounds[case.round].end

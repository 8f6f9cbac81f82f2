"""One fault at one request of a queue's run: it ends as the run that nothing disturbs (contract 4).

A few cases of each kind, always the same ones; every request with every fault is a matter of hours.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.github_faults import Kept
from tests.scenarios.github_world import GithubWorld
from tests.server.faults import Exchange, Fault, FaultKind
from tests.server.hub import GitHub

LOST = {
    "502": {"kind": FaultKind.STATUS, "status": 502},
    "502 after the effect": {"kind": FaultKind.STATUS_AFTER, "status": 502},
    "reset": {"kind": FaultKind.RESET},
    "reset after the effect": {"kind": FaultKind.RESET_AFTER},
}
CASES = 2
"""Of each kind."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The world before the first pass, tested by CI."""
    path: Path = tmp_path_factory.mktemp("faults")
    with GitHub.start(path / "hub") as hub:
        world = GithubWorld.create(hub, path)
        world.chain("one", "two")
        world.answer()
        yield Kept.of(world, path / "kept")


@pytest.fixture(scope="module")
def undisturbed(kept: Kept) -> tuple[dict[str, object], list[Exchange]]:
    """How it ends where nothing goes wrong, and every request on the way."""
    kept.again()
    kept.settle()
    return kept.end(), list(kept.world.hub.log)


def at(wanted: int, is_meant: Callable[[Exchange], bool]) -> Callable[[Exchange], bool]:
    """The `wanted`-th of the requests that are meant, counting from 0, once."""
    seen: list[Exchange] = []

    def when(exchange: Exchange) -> bool:
        if is_meant(exchange) and not any(one is exchange for one in seen):
            seen.append(exchange)
            return len(seen) == wanted + 1
        return False

    return when


def spread(count: int, kind: int) -> list[int]:
    """Places all over the run, others for each kind of fault."""
    return [(place * count // CASES + kind) % count for place in range(CASES)]


@pytest.mark.parametrize("kind", LOST)
def test_a_write_whose_answer_or_effect_is_lost_is_made_once(
    kept: Kept, undisturbed: tuple[dict[str, object], list[Exchange]], kind: str
) -> None:
    """Nothing twice, nothing lost: what became of it is looked up, and the next pass completes the rest."""
    end, log = undisturbed
    place = spread(sum(one.writes for one in log), [*LOST].index(kind))[[*LOST].index(kind) % CASES]
    world = kept.again()
    fault = Fault(at(place, lambda exchange: exchange.writes), **LOST[kind])  # type: ignore[arg-type]
    world.hub.faults.append(fault)

    kept.settle()

    assert fault.hits == 1
    assert kept.end() == end


@pytest.mark.parametrize("case", range(CASES))
def test_killed_at_a_write_the_next_pass_completes_it(
    kept: Kept, undisturbed: tuple[dict[str, object], list[Exchange]], case: int
) -> None:
    """From that write on nothing of this pass reaches GitHub any more."""
    end, log = undisturbed
    place = spread(sum(one.writes for one in log), 2)[case]
    world = kept.again()
    first = at(place, lambda exchange: exchange.writes)
    dead: list[bool] = []

    def is_over(exchange: Exchange) -> bool:
        dead[:] = dead or ([True] if first(exchange) else [])
        return bool(dead)

    world.hub.faults.append(Fault(is_over, FaultKind.RESET, times=10_000))
    while not dead:
        kept.one_pass()
        world.answer()
    world.hub.faults.clear()

    kept.settle()

    assert kept.end() == end


@pytest.mark.parametrize("case", range(CASES))
def test_two_passes_at_once_without_a_lock_do_no_harm(
    kept: Kept, undisturbed: tuple[dict[str, object], list[Exchange]], case: int
) -> None:
    """The lock only saves the second one's work: here both go on as if there were none."""
    end, log = undisturbed
    place = spread(len(log), 11)[case]
    world = kept.again()
    other = Fault(at(place, lambda _exchange: True), FaultKind.BEFORE, run=lambda: kept.one_pass(elsewhere=True))
    world.hub.faults.append(other)

    kept.settle(locks=False)

    assert other.hits == 1
    assert kept.end() == end

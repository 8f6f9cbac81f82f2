"""The journal of a local repository: a compare-and-swap as well, and no other ref is ever touched by it."""

import pytest

from mergebot.errors import RefMovedError
from mergebot.forge.local import journal
from mergebot.git.repository import Identity, RefUpdate, Repository
from mergebot.model.journal import REF, Journal
from mergebot.model.outcome import AlreadyDone, Done, Failed
from tests.sandbox import EPOCH, Sandbox

WHO = Identity(when=EPOCH)


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    return Repository.open(sandbox.path)


def test_lines_are_appended_and_read(repository: Repository) -> None:
    assert journal.read(repository) == Journal()
    assert journal.recorded(repository) == ()
    assert journal.record(repository, ['"one"'], identity=WHO) == Done()
    assert journal.record(repository, ['"two"'], identity=WHO) == Done()
    assert journal.recorded(repository) == journal.read(repository).lines == (b'"one"', b'"two"')


def test_nothing_is_written_for_nothing(repository: Repository, sandbox: Sandbox) -> None:
    before = sandbox.refs()
    assert isinstance(journal.record(repository, [], identity=WHO), AlreadyDone)
    assert sandbox.refs() == before


def test_who_comes_second_appends_to_the_first(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Repository.update_refs
    left = [True]

    def raced(self: Repository, updates: list[RefUpdate], *, message: str) -> None:
        if left:
            left.pop()
            assert journal.record(repository, ['"theirs"'], identity=WHO) == Done()
        real(self, updates, message=message)

    monkeypatch.setattr(Repository, "update_refs", raced)
    assert journal.record(repository, ['"ours"'], identity=WHO) == Done()
    assert journal.read(repository).lines == (b'"theirs"', b'"ours"')


def test_it_is_not_tried_without_end(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[bool] = []

    def moved(_self: Repository, _updates: list[RefUpdate], *, message: str) -> None:
        tries.append(bool(message))
        raise RefMovedError("it moved")

    monkeypatch.setattr(Repository, "update_refs", moved)
    assert journal.record(repository, ['"ours"'], identity=WHO) == Failed(reason="it moved")
    assert len(tries) == journal.TRIES


def test_a_ref_that_only_stands_for_another_moves_none(repository: Repository, sandbox: Sandbox) -> None:
    """Git would follow it: the journal would become the tip of a branch (I7)."""
    sandbox.git("symbolic-ref", REF, "refs/heads/main")
    before = sandbox.refs()
    outcome = journal.record(repository, ['"ours"'], identity=WHO)
    assert isinstance(outcome, Failed)
    assert "stands for another" in outcome.reason
    assert sandbox.refs() == before


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_what_is_no_journal_is_begun_anew(repository: Repository, sandbox: Sandbox, kind: str) -> None:
    odd = sandbox.git("hash-object", "-w", "--stdin", stdin=b"x") if kind == "blob" else sandbox.tree()
    sandbox.git("update-ref", REF, odd)
    assert journal.recorded(repository) == ()
    assert journal.record(repository, ['"ours"'], identity=WHO) == Done()
    assert journal.read(repository).lines == (b'"ours"',)

"""What the reader reads again in the same pass, and what it makes of answers that lag behind."""

import pytest

from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.session import Landed, Session
from mergebot.forge.protocol import ForgeState
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.policy import Criteria, Policy
from mergebot.model.snapshot import CheckList, PullRequest, Unknown
from tests.forge.github.lab import Lab, by_number


def look(reader: GithubReader, policy: Policy | None = None) -> ForgeState:
    """One look of a pass: the rules, then the queue."""
    reader.read_rules(None)
    return reader.read(policy or Policy())


def opened(lab: Lab, **more: object) -> tuple[Session, GithubReader, PrNumber]:
    """A pass that has looked once at a queue of one PR, `feature/a`."""
    number = lab.pull("a", **more)  # type: ignore[arg-type]
    session = lab.session()
    reader = GithubReader(session)
    look(reader)
    lab.asked()
    return session, reader, number


def checks_of(pr: PullRequest) -> CheckList:
    assert isinstance(pr.checks, CheckList)
    return pr.checks


class TestTheSecondReadingOfAPass:
    def test_is_one_request(self, lab: Lab) -> None:
        session, reader, number = opened(lab)
        lab.pull("b")
        session.deeds.touched.add(number)
        look(reader)
        assert len(lab.asked()) == 1
        assert session.deeds.touched == set()

    def test_sees_what_has_become_of_a_pull_request_that_was_touched(self, lab: Lab) -> None:
        session, reader, number = opened(lab)
        lab.repo.label(number, "hold")
        assert by_number(look(reader))[number].labels == frozenset()
        session.deeds.touched.add(number)
        assert by_number(look(reader))[number].labels == {"hold"}

    def test_sees_a_push_that_nobody_told_of(self, lab: Lab) -> None:
        """The branches are listed by git each time."""
        _, reader, number = opened(lab)
        pushed = lab.repo.push("feature/a", {"a.txt": "more\n"})
        pr = by_number(look(reader))[number]
        assert pr.head.sha == pushed
        assert isinstance(pr.checks, CheckList)

    def test_sees_what_github_was_behind_with_before(self, lab: Lab) -> None:
        _, reader, number = opened(lab)
        lab.hub.freeze_reads()
        lab.repo.push("feature/a", {"a.txt": "more\n"})
        assert isinstance(by_number(look(reader))[number].checks, Unknown)
        lab.hub.thaw_reads()
        assert isinstance(by_number(look(reader))[number].checks, CheckList)

    def test_sees_that_a_native_stack_has_changed(self, lab: Lab) -> None:
        """GitHub's own stacks are read again after one of their PRs was touched."""
        lab.repo.settings.native_stacks = True
        bottom, top = lab.pull("one"), lab.pull("two", on="feature/one")
        lab.repo.stack([bottom, top])
        session = lab.session()
        reader = GithubReader(session)
        assert by_number(look(reader))[top].native is not None
        lab.repo.unstack(bottom)
        session.deeds.touched.add(bottom)
        assert by_number(look(reader))[top].native is None

    def test_sees_an_issue_that_pauses_the_queue_when_a_merge_is_about_to_be_made(self, lab: Lab) -> None:
        """It costs no request of its own."""
        _, reader, number = opened(lab)
        issue = lab.repo.issue("Stop", ["mergebot-freeze"])
        assert reader.look_again(number).changed == "what pauses the queue changed"
        assert look(reader).frozen == (f"Stop (issue #{issue.number}: close it to go on)",)
        lab.repo.close(issue.number)
        assert reader.look_again(number).changed == "what pauses the queue changed"
        assert look(reader).frozen == ()

    def test_sees_a_pull_request_that_was_closed(self, lab: Lab) -> None:
        session, reader, number = opened(lab)
        lab.repo.close(number)
        session.deeds.touched.add(number)
        state = look(reader)
        assert state.pull_requests == ()
        assert [(pr.number, pr.merged) for pr in state.closed] == [(number, False)]

    def test_reads_everything_where_the_rules_have_changed(self, lab: Lab) -> None:
        _, reader, _ = opened(lab)
        other = lab.pull("b")
        assert other in by_number(look(reader, Policy(criteria=Criteria(approvals=2))))

    def test_reads_everything_after_a_while(self, lab: Lab) -> None:
        """Ten minutes."""
        now = 1_800_000_000.0
        lab.clock = lambda: now
        _, reader, _ = opened(lab)
        other = lab.pull("b")
        now += 599
        assert other not in by_number(look(reader))
        now += 2
        assert other in by_number(look(reader))


class TestWhatThisPassHasDone:
    """GitHub's answers may lag behind a write: what was done counts."""

    def test_a_merge_counts_while_github_still_calls_it_open(self, lab: Lab) -> None:
        session, reader, number = opened(lab, labels=["merge"])
        head = lab.repo.pull(number).head_sha
        lab.hub.freeze_reads()
        landed = lab.repo.merge(number)
        session.deeds.merged[number] = Landed(sha=landed, head=Sha(head))
        session.deeds.touched.add(number)
        state = look(reader)
        assert state.pull_requests == ()
        assert state.base.sha == landed
        [pr] = state.closed
        assert (pr.merged, pr.landed, pr.head.sha, pr.kept) == (True, landed, head, False)
        assert session.seen.unfinished == {number: head}
        lab.hub.thaw_reads()
        session.deeds.touched.add(number)
        assert look(reader).closed == state.closed

    def test_a_push_counts_and_its_checks_are_awaited(self, lab: Lab) -> None:
        session, reader, number = opened(lab)
        lab.repo.finish_ci()
        lab.hub.freeze_reads()
        pushed = lab.repo.push("feature/a", {"a.txt": "more\n"})
        session.deeds.moved[number] = pushed
        session.deeds.touched.add(number)
        pr = by_number(look(reader))[number]
        assert pr.head.sha == pushed
        assert isinstance(pr.checks, Unknown)
        assert pr.checks.passing
        lab.hub.thaw_reads()

    def test_a_new_base_counts(self, lab: Lab) -> None:
        lab.pull("below")
        number = lab.pull("above", on="feature/below")
        session = lab.session()
        reader = GithubReader(session)
        assert by_number(look(reader))[number].base == "feature/below"
        session.deeds.retargeted[number] = Branch("main")
        assert by_number(look(reader))[number].base == "main"
        assert session.seen.bases[number] == "main"

    def test_a_freeze_counts(self, lab: Lab) -> None:
        session, reader, _ = opened(lab)
        session.deeds.frozen = "two trees differ"
        assert look(reader).frozen == ("two trees differ",)


class TestAStaleAnswer:
    def test_of_an_older_head_is_not_taken_for_the_new_one(self, lab: Lab) -> None:
        """Green checks of the head before say nothing of the one that was pushed since."""
        reader, number = lab.reader(), lab.pull("a")
        lab.repo.finish_ci()
        lab.hub.freeze_reads()
        pushed = lab.repo.push("feature/a", {"a.txt": "more\n"})
        pr = by_number(look(reader))[number]
        assert pr.head.sha == pushed
        assert isinstance(pr.checks, Unknown)
        assert pr.checks.passing
        lab.hub.thaw_reads()
        lab.repo.finish_ci()
        assert checks_of(by_number(lab.read())[number]).checks

    def test_of_git_is_asked_for_once_more(self, lab: Lab) -> None:
        """A push between the list of branches and GitHub's answer is no lag of GitHub's."""
        reader = lab.reader()
        number = lab.pull("a")
        reader.read_rules(None)
        pushed = lab.repo.push("feature/a", {"a.txt": "more\n"})
        pr = by_number(reader.read(Policy()))[number]
        assert pr.head.sha == pushed
        assert isinstance(pr.checks, CheckList)

    def test_base_stays_where_the_rules_were_read(self, lab: Lab) -> None:
        """What moved since makes a merge stale; it must not be judged by older rules."""
        reader = lab.reader()
        lab.pull("a")
        reader.read_rules(None)
        before = lab.repo.sha("main")
        lab.repo.push("main", {"b.txt": "b\n"})
        lab.repo.push("feature/a", {"a.txt": "more\n"})
        assert reader.read(Policy()).base.sha == before


class TestLookingAgain:
    def test_is_one_request(self, lab: Lab) -> None:
        _, reader, number = opened(lab, labels=["merge"])
        now = reader.look_again(number)
        assert len(lab.asked()) == 1
        assert (now.open, now.head, now.base, now.base_sha) == (
            True,
            lab.repo.sha("feature/a"),
            "main",
            lab.repo.sha("main"),
        )
        assert (now.draft, now.labels, now.merged, now.changed) == (False, frozenset({"merge"}), None, "")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("check", "its checks changed"),
            ("review", "its reviews changed"),
            ("text", "its title or text changed"),
        ],
    )
    def test_says_what_it_was_judged_on_and_is_no_longer_so(self, lab: Lab, change: str, words: str) -> None:
        """Contract 4.1, and I1: what merges is what was judged."""
        _, reader, number = opened(lab)
        if change == "check":
            lab.repo.finish_ci()
        elif change == "review":
            lab.repo.review(number, by="bob", state="CHANGES_REQUESTED")
        else:
            lab.repo.edit(number, body="Depends-On: #99")
        assert reader.look_again(number).changed == words

    def test_is_what_the_next_reading_starts_from(self, lab: Lab) -> None:
        _, reader, number = opened(lab)
        lab.repo.label(number, "hold")
        assert reader.look_again(number).labels == {"hold"}
        assert by_number(look(reader))[number].labels == {"hold"}

    def test_sees_a_push_before_github_does(self, lab: Lab) -> None:
        _, reader, number = opened(lab)
        lab.hub.freeze_reads()
        pushed = lab.repo.push("feature/a", {"a.txt": "more\n"})
        assert reader.look_again(number).head == pushed
        lab.hub.thaw_reads()

    def test_sees_that_base_has_moved(self, lab: Lab) -> None:
        _, reader, number = opened(lab)
        pushed = lab.repo.push("main", {"b.txt": "b\n"})
        assert reader.look_again(number).base_sha == pushed

    def test_sees_a_merge_by_somebody_else(self, lab: Lab) -> None:
        _, reader, number = opened(lab)
        landed = lab.repo.merge(number)
        now = reader.look_again(number)
        assert (now.open, now.merged) == (False, landed)

    def test_sees_that_it_was_closed(self, lab: Lab) -> None:
        _, reader, number = opened(lab)
        lab.repo.close(number)
        now = reader.look_again(number)
        assert (now.open, now.merged) == (False, None)
        assert number not in by_number(look(reader))

    def test_works_before_anything_was_read(self, lab: Lab) -> None:
        number = lab.pull("a")
        assert lab.reader().look_again(number).head == lab.repo.sha("feature/a")

    def test_of_one_that_does_not_exist_finds_none(self, lab: Lab) -> None:
        assert not lab.reader().look_again(PrNumber(99)).open

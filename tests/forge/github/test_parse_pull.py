"""A pull request as it is judged, from what GitHub, git and this pass know of it."""

import pytest

from mergebot.forge.github.parse_pull import parse_pull
from mergebot.forge.github.session import Deeds, Landed, OwnStatus
from mergebot.forge.github.signs import with_base
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.people import Permission, Person
from mergebot.model.snapshot import CheckList, Head, NativeStack, PullRequest, ReviewList, ReviewState, Unknown
from tests.forge.github.nodes import (
    BASE,
    EMAIL,
    HEAD,
    OLD,
    bot,
    check_run,
    commit,
    facts,
    page,
    people,
    pull,
    refusal,
    review,
    status,
    suite,
    user,
    workflow_run,
)

ONE = PrNumber(1)
AHEAD = Sha("c" * 40)
GREEN = commit(contexts=page(check_run()), suites=page(suite()))


def unknown(pr: PullRequest) -> Unknown:
    assert isinstance(pr.checks, Unknown)
    return pr.checks


def test_a_pull_request_is_taken_over_as_it_stands() -> None:
    native = NativeStack(number=5, position=1, size=2)
    found = parse_pull(
        pull(
            title="Add it",
            body="Depends-On: #3",
            isDraft=True,
            labels=page({"name": "merge"}, {"name": "agent:a"}),
            head=commit(
                contexts=page(status("mergebot", "PENDING", text="waiting"), status("review/score", text="9/10"))
            ),
        ),
        facts(native={ONE: native}, former={ONE: (OLD,)}),
    )
    assert found.pr == PullRequest(
        number=ONE,
        title="Add it",
        body="Depends-On: #3",
        head=Head(branch=Branch("feature/a"), sha=HEAD),
        base=Branch("main"),
        author=Person(login="ada", permission=Permission.WRITE),
        draft=True,
        labels=frozenset({"merge", "agent:a"}),
        checks=CheckList(),
        reviews=ReviewList(),
        score_status="9/10",
        own_emails=frozenset({"ada@example.org"}),
        former_tips=(OLD,),
        native=native,
    )
    assert found.status == OwnStatus(head=HEAD, state="pending", description="waiting")


@pytest.mark.parametrize("login", ["bob", None])
def test_an_address_is_the_authors_own_only_where_github_says_so(login: str | None) -> None:
    """Whoever else has committed is to be named beside the author."""
    assert parse_pull(pull(head=commit(login=login)), facts()).pr.own_emails == frozenset()


class TestTheHead:
    def test_of_a_fork_is_what_github_says_and_cannot_be_moved(self) -> None:
        """A branch of the same name in this repository is another one."""
        head = parse_pull(pull(isCrossRepository=True), facts(heads={Branch("feature/a"): AHEAD})).pr.head
        assert (head.sha, head.fork) == (HEAD, True)
        assert "fork" in head.locked

    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            ({"allowsForcePushes": False, "allowsDeletions": True, "viewerCanPush": True}, "forbid force pushes"),
            ({"allowsForcePushes": True, "allowsDeletions": True, "viewerCanPush": False}, "do not let mergebot push"),
            ({"allowsForcePushes": True, "allowsDeletions": True, "viewerCanPush": True}, ""),
        ],
    )
    def test_is_locked_where_the_branch_rules_say_so(self, rule: dict[str, bool], words: str) -> None:
        locked = parse_pull(pull(headRef={"refUpdateRule": rule}), facts()).pr.head.locked
        assert words in locked
        assert bool(words) == bool(locked)

    def test_was_pushed_by_mergebot_where_that_has_committed_it(self) -> None:
        """Only a PR that was rebased has former heads; the time is that of the commit."""
        rebased = pull(head=commit(email=EMAIL.upper()))
        assert parse_pull(rebased, facts(former={ONE: (OLD,)})).pr.head.pushed_at == 1795262400.0
        assert parse_pull(rebased, facts()).pr.head.pushed_at is None
        assert parse_pull(pull(), facts(former={ONE: (OLD,)})).pr.head.pushed_at is None

    def test_is_no_former_tip_of_itself(self) -> None:
        assert parse_pull(pull(), facts(former={ONE: (OLD, HEAD)})).pr.former_tips == (OLD,)


class TestChecksAreUnknownAndNoPass:
    def test_while_github_has_not_caught_up_with_a_push(self) -> None:
        """Git's answer is the head; that it waits is no failure."""
        pr = parse_pull(pull(head=GREEN), facts(heads={Branch("feature/a"): AHEAD})).pr
        assert pr.head.sha == AHEAD
        assert unknown(pr).passing

    def test_while_the_last_commit_shown_is_not_the_head(self) -> None:
        """Checks are bound to their commit: those of an older one say nothing."""
        lagging = pull(head=commit(OLD, contexts=page(check_run(), status("review/score", text="10/10"))))
        found = parse_pull(lagging, facts()).pr
        assert unknown(found).passing
        assert found.score_status is None

    def test_of_a_forks_head_too(self) -> None:
        lagging = pull(head=commit(OLD, contexts=page(check_run())), isCrossRepository=True)
        assert unknown(parse_pull(lagging, facts()).pr).passing

    def test_while_the_branch_is_gone(self) -> None:
        pr = parse_pull(pull(head=GREEN), facts(heads={})).pr
        assert pr.head.sha == HEAD
        assert unknown(pr).passing

    def test_right_after_mergebots_own_push(self) -> None:
        """Within these seconds the fast checks may have come up alone, and be green."""
        pr = parse_pull(pull(head=GREEN), facts(deeds=Deeds(moved={ONE: HEAD}))).pr
        assert unknown(pr).passing

    @pytest.mark.parametrize("part", ["checks", "labels", "rest"])
    def test_where_a_part_could_not_be_read(self, part: str) -> None:
        """Without its labels it is not known whether it is held."""
        broken = unknown(parse_pull(pull(head=GREEN, faults={part: "no right"}), facts()).pr)
        assert "no right" in broken.reason
        assert not broken.passing

    def test_where_the_suites_were_not_shown(self) -> None:
        hidden = {**commit(contexts=page(check_run())), "checkSuites": None}
        assert not unknown(parse_pull(pull(head=hidden), facts()).pr).passing

    def test_where_the_runs_of_a_started_workflow_could_not_be_read(self) -> None:
        assert "no right" in unknown(parse_pull(pull(head=GREEN), facts(unread_runs={HEAD: "no right"})).pr).reason

    def test_where_the_head_could_not_be_fetched(self) -> None:
        assert "lost" in unknown(parse_pull(pull(head=GREEN), facts(unclear={ONE: "its head is lost"})).pr).reason


class TestDispatchedChecks:
    def test_what_this_pass_has_started_counts_as_started(self) -> None:
        deeds = Deeds(moved={ONE: HEAD}, dispatched={(ONE, HEAD)})
        checks = parse_pull(pull(head=commit()), facts(deeds=deeds, dispatches=True)).pr.checks
        assert checks == CheckList(dispatched=True)

    def test_parked_runs_of_a_head_that_mergebot_pushed_do_not_count(self) -> None:
        parked = suite(1, conclusion="ACTION_REQUIRED", run=workflow_run())
        ours = pull(head=commit(suites=page(parked), email=EMAIL))
        with_tips = {ONE: (OLD,)}
        assert parse_pull(ours, facts(former=with_tips, dispatches=True)).pr.checks == CheckList()
        kept = parse_pull(ours, facts(former=with_tips)).pr.checks
        assert isinstance(kept, CheckList)
        assert len(kept.checks) == 1

    def test_those_of_a_head_that_somebody_else_pushed_do(self) -> None:
        parked = suite(1, conclusion="ACTION_REQUIRED", run=workflow_run())
        checks = parse_pull(pull(head=commit(suites=page(parked))), facts(dispatches=True)).pr.checks
        assert isinstance(checks, CheckList)
        assert len(checks.checks) == 1


class TestReviews:
    def test_all_of_them_count_oldest_first(self) -> None:
        """Not only each one's latest: a comment must not hide an approval, nor a score."""
        pr = parse_pull(
            pull(
                reviews=page(
                    review(user("bob"), "COMMENTED", at="2026-11-21T12:00:02Z", body="Review Score: 9/10"),
                    review(user("bob"), "APPROVED", at="2026-11-21T12:00:01Z", on=OLD),
                )
            ),
            facts(),
        ).pr
        assert isinstance(pr.reviews, ReviewList)
        assert [(one.state, one.commit) for one in pr.reviews.reviews] == [
            (ReviewState.APPROVED, OLD),
            (ReviewState.COMMENTED, HEAD),
        ]

    def test_one_that_is_not_submitted_yet_does_not(self) -> None:
        assert parse_pull(pull(reviews=page(review(user("bob"), "PENDING"))), facts()).pr.reviews == ReviewList()

    def test_one_of_a_kind_never_heard_of_makes_them_unknown(self) -> None:
        pr = parse_pull(pull(reviews=page(review(user("bob"), "ENDORSED"))), facts()).pr
        assert isinstance(pr.reviews, Unknown)

    def test_a_commit_that_is_gone_is_none(self) -> None:
        pr = parse_pull(pull(reviews=page(review(user("bob"), on=None))), facts()).pr
        assert isinstance(pr.reviews, ReviewList)
        assert pr.reviews.reviews[0].commit is None

    def test_that_could_not_be_read_are_unknown(self) -> None:
        assert parse_pull(pull(faults={"reviews": "no right"}), facts()).pr.reviews == Unknown(reason="no right")
        assert isinstance(parse_pull(pull(reviews=None), facts()).pr.reviews, Unknown)


class TestARefusal:
    BLOCKED = "merge=BLOCKED review=NONE"

    def test_holds_as_long_as_github_says_the_same_of_the_same_head(self) -> None:
        blocked = pull(mergeStateStatus="BLOCKED")
        assert parse_pull(blocked, facts(refusals={ONE: refusal()})).pr.refused == "a rule says no"
        assert parse_pull(blocked, facts(refusals={ONE: refusal(OLD)})).pr.refused == ""

    def test_ends_with_what_github_says(self) -> None:
        assert parse_pull(pull(mergeStateStatus="CLEAN"), facts(refusals={ONE: refusal()})).pr.refused == ""

    def test_holds_while_github_works_the_state_out_again(self) -> None:
        """After each push to base every PR's state is unknown for a while: no sign of a change."""
        assert parse_pull(pull(mergeStateStatus="UNKNOWN"), facts(refusals={ONE: refusal()})).pr.refused

    def test_of_a_conflict_ends_when_base_moves(self) -> None:
        signs = with_base(self.BLOCKED, BASE)
        blocked = pull(mergeStateStatus="BLOCKED")
        assert parse_pull(blocked, facts(refusals={ONE: refusal(signs=signs)})).pr.refused
        assert not parse_pull(blocked, facts(refusals={ONE: refusal(signs=signs)}, base_sha=AHEAD)).pr.refused

    def test_of_this_pass_holds_too(self) -> None:
        deeds = Deeds(refused={ONE: refusal(words="just now")})
        assert parse_pull(pull(mergeStateStatus="BLOCKED"), facts(deeds=deeds)).pr.refused == "just now"


class TestPeople:
    def author(self, node: dict[str, str] | None, association: str = "NONE", **known: Permission | None) -> Person:
        return parse_pull(pull(author=node, authorAssociation=association), facts(people=people(**known))).pr.author

    def test_a_deleted_account_is_nobody(self) -> None:
        assert self.author(None) == Person(login="ghost", permission=Permission.NONE)

    def test_a_bot_keeps_the_mark_of_its_name(self) -> None:
        """Without it a person could have the same name, and a trusted one's rights."""
        assert self.author(bot("helper")) == Person(login="helper[bot]", is_bot=True)
        assert self.author(user("mergebot"), mergebot=Permission.READ) == Person(
            login="mergebot", permission=Permission.READ
        )

    def test_mergebot_is_itself(self) -> None:
        assert self.author(bot("mergebot")) == Person(login="mergebot[bot]", is_bot=True, is_me=True)

    @pytest.mark.parametrize(
        ("association", "may_push", "permission"),
        [
            ("MEMBER", True, Permission.WRITE),
            ("MEMBER", False, Permission.READ),
            ("OWNER", True, Permission.ADMIN),
        ],
    )
    def test_where_rights_may_not_be_read_a_review_tells_of_its_author(
        self, association: str, may_push: bool, permission: Permission
    ) -> None:
        """The list of collaborators is only for those who may push."""
        reviews = page(review(user("eve"), association=association, may_push=may_push))
        pr = parse_pull(pull(reviews=reviews), facts(people=people(eve=None))).pr
        assert isinstance(pr.reviews, ReviewList)
        assert pr.reviews.reviews[0].author.permission is permission

    def test_where_nothing_tells_it_is_unknown(self) -> None:
        assert self.author(user("eve"), "MEMBER", eve=None).permission is Permission.UNKNOWN

    def test_the_owner_of_a_users_repository_may_do_all(self) -> None:
        mine = people(eve=None)
        mine.owner = "Eve"
        pr = parse_pull(pull(author=user("eve"), authorAssociation="MEMBER"), facts(people=mine)).pr
        assert pr.author.permission is Permission.ADMIN


def test_a_review_has_a_page() -> None:
    """An old server may not say which."""
    known, silent = review(user("bob")), review(user("bob"))
    del silent["url"]
    reviews = parse_pull(pull(reviews=page(known, silent)), facts()).pr.reviews
    assert isinstance(reviews, ReviewList)
    assert [one.url for one in reviews.reviews] == ["https://host/o/r/pull/1#pullrequestreview-1", ""]


class TestWhatThisPassHasDoneItself:
    def test_a_new_base_counts_before_github_says_so(self) -> None:
        deeds = Deeds(retargeted={ONE: Branch("main")})
        assert parse_pull(pull(baseRefName="feature/below"), facts(deeds=deeds)).pr.base == "main"

    def test_a_merge_of_another_changes_nothing_here(self) -> None:
        deeds = Deeds(merged={PrNumber(2): Landed(sha=BASE, head=OLD)})
        assert parse_pull(pull(head=GREEN), facts(deeds=deeds)).pr == parse_pull(pull(head=GREEN), facts()).pr

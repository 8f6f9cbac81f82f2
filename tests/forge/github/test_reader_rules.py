"""What rules, settings, issues and stacks of GitHub's mean for the queue."""

import pytest

from mergebot.errors import AccessError
from mergebot.forge.github.branch_rules import Rules, find_problems, required_checks
from mergebot.forge.github.client import GraphError
from mergebot.forge.github.frozen import by_memory, frozen_by
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.stacks import place
from mergebot.model.ids import Branch, PrNumber
from mergebot.model.policy import Policy, Queue
from mergebot.model.problem import Problem, Severity
from mergebot.model.snapshot import NativeStack, RequiredCheck, Unknown
from tests.forge.github.lab import Lab, by_number
from tests.forge.github.nodes import Node
from tests.server.faults import Fault, FaultKind, to
from tests.server.state import Protection, Rule

SETTINGS = {"isArchived": False, "isDisabled": False, "squashMergeAllowed": True}
MAIN = Branch("main")


def checks(*pairs: tuple[str, int | None]) -> Node:
    required = [{"context": name, "integration_id": app} for name, app in pairs]
    return {"type": "required_status_checks", "parameters": {"required_status_checks": required}}


def problems(*rules: Node, classic: Node | None = None, has_queue: bool = False, **settings: bool) -> list[Problem]:
    found = find_problems({**SETTINGS, **settings}, Rules(rules=rules), classic, MAIN, has_queue=has_queue)
    return list(found)


class TestRequiredChecks:
    def test_are_those_of_rulesets_and_of_classic_protection(self, lab: Lab) -> None:
        required = [{"context": "unit", "integration_id": 15368}, {"context": "lint"}]
        parameters = {"required_status_checks": required, "strict_required_status_checks_policy": False}
        lab.repo.rule(Rule("required_status_checks", parameters))
        lab.repo.protect(Protection(1, "main", required_checks=("build", "lint")))
        assert set(lab.read().required_checks) == {
            RequiredCheck(name="unit", app_id=15368),
            RequiredCheck(name="lint"),
            RequiredCheck(name="build"),
        }

    def test_count_each_once(self) -> None:
        found = required_checks(Rules(rules=(checks(("a", None)), checks(("a", None), ("a", 7)))), None)
        assert found == (RequiredCheck(name="a"), RequiredCheck(name="a", app_id=7))

    def test_that_may_not_be_read_are_said_to_be_unread(self, lab: Lab) -> None:
        lab.pull("a")
        denied = Fault(when=to("GET", "/rules/branches/main"), kind=FaultKind.STATUS, status=403, words="No")
        lab.hub.faults.append(denied)
        [problem] = lab.read().problems
        assert problem.severity is Severity.WARNING
        assert "rules" in problem.message

    def test_of_a_branch_with_an_odd_name_are_read(self, lab: Lab) -> None:
        odd = "release/1.0 #\u00e9%".replace(" ", "")
        lab.repo.push(odd, {"a": "a\n"})
        lab.repo.rule(Rule("merge_queue"), include=(odd,))
        [problem] = lab.read(Policy(base=Branch(odd))).problems
        assert "merge queue" in problem.message


class TestWhatKeepsEveryMergeFromHappening:
    """Said plainly, with what to do, before anything is tried."""

    @pytest.mark.parametrize(
        ("found", "words"),
        [
            (problems({"type": "merge_queue"}), "GitHub's own merge queue"),
            (problems(has_queue=True), "GitHub's own merge queue"),
            (problems(squashMergeAllowed=False), "squash merging is turned off"),
            (
                problems({"type": "pull_request", "parameters": {"allowed_merge_methods": ["merge", "rebase"]}}),
                "merge or rebase only",
            ),
            (problems(isArchived=True), "archived"),
            (problems(isDisabled=True), "disabled"),
            (problems(checks(("MergeBot", None))), "`mergebot` is required"),
            (problems(classic={"requiredStatusCheckContexts": ["mergebot"]}), "`mergebot` is required"),
        ],
    )
    def test_is_an_error(self, found: list[Problem], words: str) -> None:
        [problem] = found
        assert problem.severity is Severity.ERROR
        assert words in problem.message
        assert problem.hint

    def test_is_nothing_in_an_ordinary_repository(self) -> None:
        allowed = {"type": "pull_request", "parameters": {"allowed_merge_methods": ["squash", "merge"]}}
        ordinary = [checks(("unit", None)), allowed, {"type": "deletion"}, {"type": "pull_request", "parameters": {}}]
        assert problems(*ordinary, classic={"requiredStatusCheckContexts": None, "requiresSignatures": False}) == []

    def test_is_a_warning_where_signatures_are_required(self) -> None:
        """Who may pass by the rule can merge all the same."""
        for found in (problems({"type": "required_signatures"}), problems(classic={"requiresSignatures": True})):
            assert [problem.severity for problem in found] == [Severity.WARNING]

    def test_is_found_on_the_server(self, lab: Lab) -> None:
        lab.pull("a")
        lab.repo.settings.squash = False
        lab.repo.rule(Rule("merge_queue"))
        messages = [problem.message for problem in lab.read().problems]
        assert len(messages) == 2

    def test_is_no_rule_for_another_branch(self, lab: Lab) -> None:
        lab.repo.rule(Rule("merge_queue"), include=("develop",))
        assert lab.read().problems == ()


class TestWhatPausesTheQueue:
    def test_is_an_open_issue_with_the_label(self, lab: Lab) -> None:
        lab.repo.issue("Not this one", ["bug"])
        issue = lab.repo.issue("Release\nfreeze", ["Stop!"])
        state = lab.read(Policy(queue=Queue(freeze_label="Stop!")))
        assert state.frozen == (f"Release freeze (issue #{issue.number}: close it to go on)",)
        lab.repo.close(issue.number)
        assert lab.read(Policy(queue=Queue(freeze_label="Stop!"))).frozen == ()

    def test_is_not_known_without_the_right_to_read_issues(self) -> None:
        """What could not be read is never taken for empty."""
        denied = GraphError(kind="FORBIDDEN", message="Resource not accessible by integration", path=())
        [reason] = frozen_by(None, [denied], label="stop", kept="", now="")
        assert "could not be read" in reason
        assert "not accessible" in reason

    def test_is_needed_to_know_anything(self, lab: Lab) -> None:
        """platform: issues that may not be read take the whole answer with them."""
        lab.repo.settings.private = True
        rights = dict.fromkeys(("contents", "pull_requests", "checks", "statuses", "actions"), "read")
        session = lab.with_token(lab.hub.token("blind", kind="app", rights=rights))
        with pytest.raises(AccessError, match="does not show the issues of o/r") as caught:
            GithubReader(session).read(Policy())
        assert caught.value.hint == "give the token the right to read issues"

    def test_is_what_mergebot_remembers_and_what_it_has_just_done(self) -> None:
        issues = {"totalCount": 0, "nodes": []}
        said = by_memory("two trees differ")
        assert said == "two trees differ (delete `refs/mergebot/state` to go on)"
        assert frozen_by(issues, [], label="stop", kept="two trees differ", now=said) == (said,)
        assert frozen_by(issues, [], label="stop", kept="a", now="b") == (by_memory("a"), "b")

    def test_says_one_thing_once(self) -> None:
        """The issue that mergebot has just opened has its reason as the title."""
        issues = {"totalCount": 1, "nodes": [{"number": 9, "title": "two trees differ"}]}
        assert frozen_by(issues, [], label="stop", kept="", now="two trees differ") == (
            "two trees differ (issue #9: close it to go on)",
        )

    def test_counts_what_it_does_not_list(self) -> None:
        issues = {"totalCount": 3, "nodes": [{"number": 9, "title": ""}]}
        assert frozen_by(issues, [], label="stop", kept="", now="") == (
            "no reason is given (issue #9: close it to go on)",
            "2 more issues with the label `stop`",
        )


def member(number: int, ref: str, state: str = "open") -> Node:
    return {"number": number, "state": state, "draft": False, "merged_at": None, "head": {"ref": ref, "sha": "0" * 40}}


def stack(*members: Node, base: str = "main") -> Node:
    return {"number": 7, "base": {"ref": base}, "open": True, "pull_requests": list(members)}


class TestAStackOfGithubsOwn:
    def test_gives_each_pull_request_its_place_from_the_bottom(self, lab: Lab) -> None:
        lab.repo.settings.native_stacks = True
        bottom = lab.pull("one")
        top = lab.pull("two", on="feature/one")
        other = lab.pull("other")
        lab.repo.stack([bottom, top])
        session = lab.session()
        found = by_number(GithubReader(session).read(Policy()))
        number = lab.repo.data.stacks[0].number
        assert found[bottom].native == NativeStack(number=number, position=1, size=2)
        assert found[top].native == NativeStack(number=number, position=2, size=2)
        assert found[other].native is None
        assert session.seen.stacks == {bottom: {bottom, top}, top: {bottom, top}}

    def test_counts_only_those_that_are_still_open(self) -> None:
        found = place(
            [stack(member(1, "a", "closed"), member(2, "b"), member(3, "c"))],
            {PrNumber(2): Branch("a"), PrNumber(3): Branch("b")},
        )
        assert found.native[PrNumber(2)] == NativeStack(number=7, position=1, size=2)
        assert found.native[PrNumber(1)].number == 7
        assert found.unclear == {}

    def test_that_does_not_add_up_is_not_gone_by(self) -> None:
        """GitHub merges what is below along with a PR: a wrong order would merge what was not judged."""
        one, two = PrNumber(1), PrNumber(2)
        upside_down = place([stack(member(2, "b"), member(1, "a"))], {one: MAIN, two: Branch("a")})
        assert set(upside_down.unclear) == {one, two}
        beside = place([stack(member(1, "a"), member(2, "b"))], {one: MAIN, two: MAIN})
        assert set(beside.unclear) == {one, two}
        unknown = place([stack(member(1, "a"), member(9, "z"))], {one: MAIN})
        assert one in unknown.unclear

    def test_makes_its_pull_requests_wait_then(self, lab: Lab) -> None:
        lab.repo.settings.native_stacks = True
        bottom = lab.pull("one")
        top = lab.pull("two", on="feature/one")
        lab.repo.stack([bottom, top])
        lab.repo.data.stacks[0].members.reverse()
        found = by_number(lab.read())
        assert isinstance(found[bottom].checks, Unknown)
        assert isinstance(found[top].checks, Unknown)

    def test_that_may_not_be_read_is_said_to_be_unread(self, lab: Lab) -> None:
        lab.hub.faults.append(Fault(when=to("GET", "/stacks"), kind=FaultKind.STATUS, status=403, words="No"))
        assert [problem.severity for problem in lab.read().problems] == [Severity.WARNING]


class TestARepository:
    def test_that_was_renamed_is_asked_for_by_its_new_name(self, lab: Lab) -> None:
        session = lab.session()
        lab.hub.faults.append(
            Fault(
                when=lambda exchange: exchange.operation == "MergebotQueue",
                kind=FaultKind.EDIT,
                edit=lambda answer: answer["data"]["repository"].update(nameWithOwner="o/new") or answer,
            )
        )
        with pytest.raises(AccessError, match="o/new"):
            GithubReader(session).read(Policy())

    def test_says_where_it_is_and_whether_it_deletes_branches(self, lab: Lab) -> None:
        lab.repo.settings.delete_branch_on_merge = True
        state = lab.read()
        assert (state.url, state.deletes_merged) == (f"{lab.hub.url}/o/r", True)

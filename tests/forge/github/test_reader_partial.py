"""What GitHub leaves out is unknown, and unknown blocks: nothing that could not be read is taken for empty."""

from collections.abc import Callable
from typing import Any

import pytest

from mergebot.errors import AccessError, MergebotError
from mergebot.forge.github.errors import NoAnswerError
from mergebot.forge.github.reader import GithubReader
from mergebot.model.people import Permission
from mergebot.model.policy import Policy
from mergebot.model.snapshot import CheckList, ReviewList, Unknown
from tests.forge.github.lab import Lab, by_number
from tests.forge.github.nodes import Node
from tests.server.faults import Fault, FaultKind, operation, to

QUEUE = operation("MergebotQueue")
LOOKUP = operation("MergebotLookup")


def error(*path: str | int, kind: str = "FORBIDDEN", words: str = "Resource not accessible by integration") -> Node:
    return {"type": kind, "path": list(path), "message": words}


def leave_out(lab: Lab, *path: str | int, kind: str = "FORBIDDEN", when: Callable[[Any], bool] = QUEUE) -> None:
    """In the next answer, the value at this path is null, and has an error."""

    def edit(answer: Any) -> Any:  # noqa: ANN401 (JSON)
        place = answer["data"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = None
        answer.setdefault("errors", []).append(error(*path, kind=kind))
        return answer

    lab.break_answer(when, edit)


FIRST = ("repository", "open", "nodes", 0)
COMMIT = (*FIRST, "commits", "nodes", 0, "commit")


class TestAPartOfAPullRequest:
    """Only that one waits, and the reason names what the token lacks."""

    @pytest.mark.parametrize("part", ["statusCheckRollup", "checkSuites"])
    def test_its_checks(self, lab: Lab, part: str) -> None:
        number, other = lab.pull("a"), lab.pull("b")
        leave_out(lab, *COMMIT, part)
        found = by_number(lab.read())
        checks = found[number].checks
        assert isinstance(checks, Unknown)
        assert not checks.passing
        assert "the token needs to read checks" in checks.reason
        assert isinstance(found[other].checks, CheckList)

    def test_the_workflow_of_one_check(self, lab: Lab) -> None:
        """Without it a check cannot be told from another of its name, nor from mergebot's own."""
        number = lab.pull("a")
        leave_out(lab, *COMMIT, "statusCheckRollup", "contexts", "nodes", 0, "checkSuite", "workflowRun")
        assert isinstance(by_number(lab.read())[number].checks, Unknown)

    def test_a_gap_in_its_checks(self, lab: Lab) -> None:
        number = lab.pull("a")
        leave_out(lab, *COMMIT, "statusCheckRollup", "contexts", "nodes", 0, kind="INTERNAL")
        assert isinstance(by_number(lab.read())[number].checks, Unknown)

    def test_fewer_checks_than_github_counts(self, lab: Lab) -> None:
        number = lab.pull("a")

        def edit(answer: Any) -> Any:  # noqa: ANN401 (JSON)
            commit = answer["data"]["repository"]["open"]["nodes"][0]["commits"]["nodes"][0]["commit"]
            commit["statusCheckRollup"]["contexts"]["totalCount"] += 1
            return answer

        lab.break_answer(QUEUE, edit)
        checks = by_number(lab.read())[number].checks
        assert checks == Unknown(reason="GitHub gave 1 of 2 entries")

    def test_its_reviews(self, lab: Lab) -> None:
        number = lab.pull("a")
        leave_out(lab, *FIRST, "reviews")
        pr = by_number(lab.read())[number]
        assert isinstance(pr.reviews, Unknown)
        assert "the token needs to read pull requests" in pr.reviews.reason
        assert isinstance(pr.checks, CheckList)

    def test_its_labels(self, lab: Lab) -> None:
        """It may be held by one of them."""
        number = lab.pull("a")
        leave_out(lab, *FIRST, "labels")
        assert isinstance(by_number(lab.read())[number].checks, Unknown)

    def test_its_labels_without_a_word_of_why(self, lab: Lab) -> None:
        number = lab.pull("a")

        def edit(answer: Any) -> Any:  # noqa: ANN401 (JSON)
            answer["data"]["repository"]["open"]["nodes"][0]["labels"] = None
            return answer

        lab.break_answer(QUEUE, edit)
        assert isinstance(by_number(lab.read())[number].checks, Unknown)

    @pytest.mark.parametrize("part", ["headRef", "mergedBy", "reviewDecision"])
    def test_but_not_what_only_explains(self, lab: Lab, part: str) -> None:
        number = lab.pull("a")
        leave_out(lab, *FIRST, part)
        assert isinstance(by_number(lab.read())[number].checks, CheckList)


class TestAFurtherPage:
    def test_that_cannot_be_read_leaves_the_whole_list_unknown(self, lab: Lab) -> None:
        number = lab.pull("a")
        for _ in range(40):
            lab.repo.review(number, by="bob", state="COMMENTED")

        def edit(answer: Any) -> Any:  # noqa: ANN401 (JSON)
            answer["data"]["repository"]["a0"] = None
            answer["errors"] = [error("repository", "a0", kind="INTERNAL")]
            return answer

        lab.break_answer(LOOKUP, edit)
        reviews = by_number(lab.read())[number].reviews
        assert isinstance(reviews, Unknown)
        assert "not all of it" in reviews.reason

    def test_that_is_too_heavy_does_too(self, lab: Lab) -> None:
        number = lab.pull("a")
        for _ in range(40):
            lab.repo.review(number, by="bob", state="COMMENTED")
        lab.hub.faults.append(Fault(when=LOOKUP, kind=FaultKind.STATUS, status=502))
        assert isinstance(by_number(lab.read())[number].reviews, Unknown)


class TestAReadingThatFails:
    """Where it cannot be told what is missing, nothing is judged at all."""

    def test_a_pull_request_that_is_not_shown(self, lab: Lab) -> None:
        """Its number is not known either: it may be the one that another depends on."""
        lab.pull("a")
        leave_out(lab, *FIRST, kind="INTERNAL")
        with pytest.raises(MergebotError):
            lab.read()

    def test_an_error_without_a_place(self, lab: Lab) -> None:
        lab.pull("a")
        lab.break_answer(QUEUE, lambda answer: {**answer, "errors": [error(kind="", words="Something odd")]})
        with pytest.raises(MergebotError, match="Something odd"):
            lab.read()

    def test_a_look_up_that_has_no_answer(self, lab: Lab) -> None:
        """Whether a dependency has landed is not known then."""
        lab.pull("a", body="Depends-On: #77")

        def edit(answer: Any) -> Any:  # noqa: ANN401 (JSON)
            return {**answer, "errors": [error("repository", "a1", kind="INTERNAL", words="Oops")]}

        lab.break_answer(LOOKUP, edit)
        with pytest.raises(MergebotError, match="Oops"):
            lab.read()

    def test_the_rules_of_base(self, lab: Lab) -> None:
        lab.hub.faults.append(Fault(when=to("GET", "/rules/branches/main"), kind=FaultKind.STATUS, status=500, times=9))
        with pytest.raises(NoAnswerError):
            lab.read()

    def test_a_repository_that_is_not_shown(self, lab: Lab) -> None:
        leave_out(lab, "repository", kind="NOT_FOUND")
        with pytest.raises(AccessError):
            lab.read()

    def test_a_token_that_is_not_accepted(self, lab: Lab) -> None:
        with pytest.raises(AccessError):
            GithubReader(lab.with_token(lab.hub.token("mergebot", kind="app", expires_in=-1))).read(Policy())


class TestTheRightsOfPeople:
    def test_are_what_the_repository_grants(self, lab: Lab) -> None:
        lab.hub.user("max", permission="maintain")
        lab.hub.user("rita", permission="read")
        number = lab.pull("a")
        for login in ("max", "rita", "eve"):
            lab.repo.review(number, by=login)
        reviews = by_number(lab.read())[number].reviews
        assert isinstance(reviews, ReviewList)
        assert {review.author.login: review.author.permission for review in reviews.reviews} == {
            "max": Permission.MAINTAIN,
            "rita": Permission.READ,
            "eve": Permission.READ,
        }

    def test_of_a_stranger_in_a_private_repository_are_none(self, lab: Lab) -> None:
        lab.repo.settings.private = True
        number = lab.pull("a")
        lab.repo.review(number, by="eve")
        reviews = by_number(lab.read())[number].reviews
        assert isinstance(reviews, ReviewList)
        assert reviews.reviews[0].author.permission is Permission.NONE

    def test_are_asked_for_once_and_by_variables(self, lab: Lab) -> None:
        """No text of a stranger's is ever part of a document."""
        for name in ("a", "b"):
            lab.repo.review(lab.pull(name), by="bob")
        lab.asked()
        lab.read()
        [lookup] = [exchange for exchange in lab.asked() if exchange.operation == "MergebotLookup"]
        assert sorted(lookup.variables.values()) == ["ada", "bob", "o", "r"]
        assert "bob" not in lookup.request["query"]

    def test_that_could_not_be_read_are_unknown(self, lab: Lab) -> None:
        number = lab.pull("a")
        leave_out(lab, "repository", "a0", when=LOOKUP)
        assert by_number(lab.read())[number].author.permission is Permission.UNKNOWN

"""The reader against a GitHub server: what it sees of the queue, and what that costs."""

import pytest

from mergebot.forge.github.errors import NoAnswerError
from mergebot.model.people import Permission
from mergebot.model.snapshot import CheckList, CheckState, ReviewList
from tests.forge.github.lab import Lab, by_number
from tests.server.faults import Fault, FaultKind, operation


class TestAQuietPass:
    def test_costs_little_and_writes_nothing(self, lab: Lab) -> None:
        """At most a request for each 25 PRs, and 6."""
        for number in range(30):
            lab.pull(f"p{number}", body="Depends-On: #3", labels=("merge",))
        lab.asked()
        assert len(lab.read().pull_requests) == 30
        asked = lab.asked()
        assert len(asked) <= 2 + 6, [str(exchange) for exchange in asked]
        assert not [exchange for exchange in asked if exchange.writes]

    def test_needs_only_read_rights(self, lab: Lab) -> None:
        """Who may push is then told by what GitHub says of each review."""
        number = lab.pull("a")
        lab.repo.review(number, by="bob")
        lab.repo.review(number, by="eve")
        state = lab.read(kind="read")
        reviews = by_number(state)[number].reviews
        assert isinstance(reviews, ReviewList)
        assert [review.author.permission for review in reviews.reviews] == [Permission.WRITE, Permission.READ]
        assert by_number(state)[number].author.permission is Permission.UNKNOWN
        assert not state.problems


class TestEverythingIsReadToTheEnd:
    def test_every_open_pull_request(self, lab: Lab) -> None:
        lab.repo.settings.ci_bases = ()
        head = lab.repo.push("feature/many", {"a.txt": "a\n"})
        lab.repo.store.update({f"refs/heads/many/{number}": head for number in range(150)})
        lab.repo.push("feature/last", head)
        for number in range(150):
            lab.repo.open_pull(f"many/{number}")
        state = lab.read()
        assert [pr.number for pr in state.pull_requests] == list(range(1, 151))

    def test_every_check_of_a_head(self, lab: Lab) -> None:
        """The one that fails is the last of 130."""
        number = lab.pull("a")
        head = by_number(lab.read())[number].head.sha
        for check in range(130):
            lab.repo.status(head, f"check-{check:03}", "failure" if check == 129 else "success")
        checks = by_number(lab.read())[number].checks
        assert isinstance(checks, CheckList)
        assert len(checks.checks) == 131
        assert [check.name for check in checks.checks if check.state is CheckState.FAILURE] == ["check-129"]

    def test_every_review_and_every_label(self, lab: Lab) -> None:
        number = lab.pull("a", labels=[f"label-{label:03}" for label in range(120)])
        for _ in range(140):
            lab.repo.review(number, by="bob", state="COMMENTED")
        pr = by_number(lab.read())[number]
        assert isinstance(pr.reviews, ReviewList)
        assert len(pr.reviews.reviews) == 140
        assert len(pr.labels) == 120

    def test_in_smaller_pages_where_github_gives_up(self, lab: Lab) -> None:
        """platform: a query of more than ten seconds is ended with 502; asked for again as it is, it ends the same."""
        for number in range(5):
            lab.pull(f"p{number}")
        first = operation("MergebotQueue")
        lab.hub.faults.append(Fault(when=first, kind=FaultKind.STATUS, status=502, times=3))
        lab.asked()
        assert len(lab.read().pull_requests) == 5
        sizes = [exchange.variables["size"] for exchange in lab.asked() if exchange.operation == "MergebotQueue"]
        assert sizes == [25, 12, 6, 3]

    def test_or_not_at_all(self, lab: Lab) -> None:
        lab.pull("a")
        lab.hub.faults.append(Fault(when=operation("MergebotQueue"), kind=FaultKind.STATUS, status=502, times=99))
        with pytest.raises(NoAnswerError):
            lab.read()

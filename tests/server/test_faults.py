"""Faults and races: what a client meets when the platform, or the way to it, is not well."""

import threading
from pathlib import Path

import pytest

from tests.server.asking import Asker, Clone, Said, ask
from tests.server.faults import Exchange, Fault, FaultKind, operation, to
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import PullRequest


@pytest.fixture
def pull(repo: Repo) -> PullRequest:
    repo.push("feature", {"a.txt": "1\n"}, by="alice")
    return repo.open_pull("feature", author="alice", labels=["merge"])


def merge(app: Asker, pull: PullRequest) -> Said:
    return app("PUT", "/repos/o/r/pulls/1/merge", {"sha": pull.head_sha, "merge_method": "squash"})


MERGE = to("PUT", "/merge")
LOOK = to("GET", "/pulls/1")


class TestAWriteThatIsNotAnswered:
    @pytest.mark.parametrize(("kind", "done"), [(FaultKind.STATUS, False), (FaultKind.STATUS_AFTER, True)])
    def test_may_or_may_not_have_been_done(
        self, hub: GitHub, app: Asker, pull: PullRequest, kind: FaultKind, *, done: bool
    ) -> None:
        hub.faults.append(Fault(MERGE, kind, status=502))

        assert (merge(app, pull).status, pull.merged) == (502, done)

    @pytest.mark.parametrize(("kind", "done"), [(FaultKind.RESET, False), (FaultKind.RESET_AFTER, True)])
    def test_the_connection_may_break(
        self, hub: GitHub, app: Asker, pull: PullRequest, kind: FaultKind, *, done: bool
    ) -> None:
        hub.faults.append(Fault(MERGE, kind))

        with pytest.raises(ConnectionError):
            merge(app, pull)
        assert pull.merged is done
        assert (hub.log[-1].method, hub.log[-1].status, hub.log[-1].fault) == ("PUT", 0, kind)

    def test_or_the_answer_comes_too_late(self, hub: GitHub, app: Asker, pull: PullRequest) -> None:
        fault = Fault(MERGE, FaultKind.LATE)
        hub.faults.append(fault)
        said: list[Said] = []
        thread = threading.Thread(target=lambda: said.append(merge(app, pull)))
        thread.start()
        while not fault.hits:
            thread.join(0.001)
        seen = app("GET", "/repos/o/r/pulls/1").body["merged"]
        before = list(said)
        fault.release()
        thread.join()

        assert (seen, before, said[0].status) == (True, [], 200)


class TestLimits:
    @pytest.mark.parametrize(
        ("kind", "status", "waits"),
        [
            (FaultKind.SECONDARY, 403, "7"),
            (FaultKind.SECONDARY_WORDS, 403, None),
            (FaultKind.TOO_MANY, 429, "7"),
        ],
    )
    def test_a_secondary_limit(
        self, hub: GitHub, app: Asker, pull: PullRequest, kind: FaultKind, status: int, waits: str | None
    ) -> None:
        hub.faults.append(Fault(MERGE, kind, seconds=7))

        said = merge(app, pull)

        assert (said.status, said.headers.get("Retry-After"), pull.merged) == (status, waits, False)
        assert "secondary rate limit" in said.words

    def test_the_primary_limit_says_when_it_ends(self, hub: GitHub, app: Asker, pull: PullRequest) -> None:
        del pull
        hub.clock = lambda: 1_795_000_000.0
        hub.faults.append(Fault(LOOK, FaultKind.PRIMARY, seconds=60))

        said = app("GET", "/repos/o/r/pulls/1")

        assert (said.status, said.headers["x-ratelimit-remaining"]) == (403, "0")
        assert said.headers["x-ratelimit-reset"] == "1795000060"

    def test_graphql_says_it_with_200(self, hub: GitHub, app: Asker) -> None:
        hub.faults.append(Fault(lambda exchange: exchange.kind == "graphql", FaultKind.PRIMARY))

        said = app.graphql("query Q { viewer { login } }")

        assert (said.status, said.body["errors"][0]["type"]) == (200, "RATE_LIMITED")

    def test_the_budget_of_a_token_is_counted(self, hub: GitHub, repo: Repo) -> None:
        del repo
        token = hub.token("small", kind="app")
        hub.state.tokens[token].api_limit = 2
        asker = Asker(hub, token)

        left = [asker("GET", "/repos/o/r").headers["x-ratelimit-remaining"] for _ in range(2)]

        assert (left, asker("GET", "/repos/o/r").status) == (["1", "0"], 403)


class TestBrokenAnswers:
    @pytest.mark.parametrize("kind", [FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.EMPTY])
    def test_may_be_no_json_although_the_status_is_good(
        self, hub: GitHub, app: Asker, pull: PullRequest, kind: FaultKind
    ) -> None:
        del pull
        hub.faults.append(Fault(LOOK, kind))

        try:
            said = app("GET", "/repos/o/r/pulls/1")
        except ValueError:
            said = None

        assert said is None or said.body is None
        assert hub.log[-1].status == 200

    def test_may_be_edited(self, hub: GitHub, app: Asker) -> None:
        """Partial data beside an error, for instance."""
        error = {"type": "FORBIDDEN", "path": ["viewer"], "message": "Resource not accessible by integration"}
        spoilt = {"data": {"viewer": None}, "errors": [error]}
        hub.faults.append(Fault(operation("Q"), FaultKind.EDIT, edit=lambda _answer: spoilt))

        assert app.graphql("query Q { viewer { login } }").body == spoilt

    def test_can_depend_on_what_was_asked(self, hub: GitHub, app: Asker) -> None:
        """A query over too large a page is given up."""

        def heavy(exchange: Exchange) -> bool:
            return bool(exchange.variables.get("size", 0) > 12)

        hub.faults.append(Fault(heavy, FaultKind.STATUS, status=502, times=99))
        query = (
            'query Q($size: Int!) { repository(owner: "o", name: "r") { pullRequests(first: $size) { totalCount } } }'
        )

        assert [app.graphql(query, size=size).status for size in (25, 12)] == [502, 200]


class TestRaces:
    def test_something_happens_just_before(self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest) -> None:
        hub.faults.append(Fault(MERGE, FaultKind.BEFORE, run=lambda: repo.push("feature", {"b.txt": "1\n"})))

        assert (merge(app, pull).status, pull.merged) == (409, False)

    def test_something_happens_just_after(self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest) -> None:
        hub.faults.append(Fault(LOOK, FaultKind.AFTER, run=lambda: repo.unlabel(1, "merge")))

        seen = [[label["name"] for label in app("GET", "/repos/o/r/pulls/1").body["labels"]] for _ in range(2)]

        assert seen == [["merge"], []]
        assert pull.labels == []

    def test_a_fault_happens_as_often_as_it_says(self, hub: GitHub, app: Asker, pull: PullRequest) -> None:
        del pull
        hub.faults.append(Fault(LOOK, FaultKind.STATUS, status=503, times=2))

        assert [app("GET", "/repos/o/r/pulls/1").status for _ in range(3)] == [503, 503, 200]


class TestStaleReadings:
    QUERY = 'query Q { repository(owner: "o", name: "r") { pullRequest(number: 1) { headRefOid } } }'

    def head(self, app: Asker) -> str:
        return str(app.graphql(self.QUERY).body["data"]["repository"]["pullRequest"]["headRefOid"])

    def test_last_until_they_are_thawed(self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest) -> None:
        old = pull.head_sha
        hub.freeze_reads()
        new = repo.push("feature", {"b.txt": "1\n"})
        during = self.head(app)
        hub.thaw_reads()

        assert (during, self.head(app)) == (old, new)

    def test_or_for_some_requests(self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest) -> None:
        old, then = pull.head_sha, hub.remember()
        new = repo.push("feature", {"b.txt": "1\n"})
        hub.faults.append(Fault(operation("Q"), FaultKind.STALE, since=then))

        assert [self.head(app) for _ in range(2)] == [old, new]


class TestGit:
    def test_a_push_may_be_taken_and_not_answered(
        self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest, tmp_path: Path
    ) -> None:
        clone = Clone.of(hub, "o/r", tmp_path / "clone", app.token, "--branch=feature")
        new = clone.commit("b.txt")
        push = operation("git-receive-pack")
        hub.faults.append(Fault(lambda exchange: exchange.method == "POST" and push(exchange), FaultKind.RESET_AFTER))

        assert clone.push("feature").code != 0
        assert (repo.sha("feature"), pull.head_sha) == (new, new)

    def test_or_taken_and_answered_late(
        self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest, tmp_path: Path
    ) -> None:
        clone = Clone.of(hub, "o/r", tmp_path / "clone", app.token, "--branch=feature")
        new = clone.commit("b.txt")
        push = operation("git-receive-pack")
        fault = Fault(lambda exchange: exchange.method == "POST" and push(exchange), FaultKind.LATE)
        hub.faults.append(fault)
        codes: list[int] = []
        thread = threading.Thread(target=lambda: codes.append(clone.push("feature").code))
        thread.start()
        while not fault.hits:
            thread.join(0.001)
        seen = app("GET", "/repos/o/r/pulls/1").body["head"]["sha"]
        before = list(codes)
        fault.release()
        thread.join()

        assert (seen, before, codes, pull.head_sha) == (new, [], [0], new)
        assert repo.sha("feature") == new

    def test_or_not_taken_at_all(self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest, tmp_path: Path) -> None:
        clone = Clone.of(hub, "o/r", tmp_path / "clone", app.token, "--branch=feature")
        clone.commit("b.txt")
        hub.faults.append(Fault(operation("git-receive-pack"), FaultKind.STATUS, status=503))

        assert "503" in clone.push("feature").words
        assert repo.sha("feature") == pull.head_sha

    def test_a_race_with_another_push_breaks_the_lease(
        self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest, tmp_path: Path
    ) -> None:
        clone = Clone.of(hub, "o/r", tmp_path / "clone", app.token, "--branch=feature")
        clone.commit("b.txt")
        push = operation("git-receive-pack")

        def race() -> None:
            repo.push("feature", {"other.txt": "1\n"}, by="alice")

        hub.faults.append(
            Fault(lambda exchange: exchange.method == "POST" and push(exchange), FaultKind.BEFORE, run=race)
        )
        pushed = clone.push("feature", options=[f"--force-with-lease=refs/heads/feature:{pull.head_sha}"])

        assert pushed.code == 1
        assert repo.box.history("feature")[-1] == "Change feature"


def test_the_log_knows_what_was_written(hub: GitHub, app: Asker, pull: PullRequest, tmp_path: Path) -> None:
    """What a dry run is held to."""
    app("GET", "/repos/o/r/pulls/1")
    app.graphql("query Q { viewer { login } }")
    clone = Clone.of(hub, "o/r", tmp_path / "clone", app.token, "--branch=feature")
    before = hub.writes()
    clone.commit("b.txt")
    clone.push("feature")
    merge(app, pull)

    assert before == []
    assert [str(exchange) for exchange in hub.writes()] == [
        "200 POST /o/r.git/git-receive-pack git-receive-pack",
        "200 PUT /repos/o/r/pulls/1/merge",
    ]
    assert [exchange.kind for exchange in hub.api_requests()] == ["rest", "graphql", "rest"]
    assert hub.log[0].who == "mergebot[bot]"
    assert ask(hub, "GET", "/api/v3/rate_limit").status == 401

"""Checks, reviews and rights in the test server's GraphQL, with the traps that GitHub has there."""

from tests.server import ci
from tests.server.checks.head import head
from tests.server.graphql_asking import ask, pull, repository
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import CheckRun, Protection, Rule


class TestTheRollUp:
    def test_it_is_null_where_nothing_was_reported(self, hub: GitHub, repo: Repo, token: str) -> None:
        """A parked run has a suite and no check, so the roll-up is no proof of anything."""
        repo.settings.approve_forks = True
        repo.fork("eve/r").push("patch", {"b.txt": "b\n"}, by="eve")
        repo.open_pull("patch", fork="eve/r", author="eve")

        assert head(hub, token) == {
            "statusCheckRollup": None,
            "checkSuites": {
                "totalCount": 1,
                "nodes": [
                    {
                        "status": "COMPLETED",
                        "conclusion": "ACTION_REQUIRED",
                        "app": {"slug": "github-actions", "databaseId": 15368},
                        "workflowRun": {
                            "event": "pull_request",
                            "workflow": {"name": "CI", "resourcePath": "/o/r/actions/workflows/ci.yml"},
                        },
                        "checkRuns": {"totalCount": 0},
                    }
                ],
            },
        }

    def test_it_mixes_runs_and_statuses(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Of one context the newest status counts, whatever its case; the state counts everything."""
        repo.open_pull("feature")
        repo.tick()
        sha = repo.sha("feature")
        repo.status(sha, "Lint", "pending")
        repo.status(sha, "lint", "success")

        assert head(hub, token)["statusCheckRollup"] == {
            "state": "PENDING",
            "contexts": {
                "totalCount": 2,
                "checkRunCount": 1,
                "statusContextCount": 1,
                "nodes": [
                    {"__typename": "CheckRun", "name": "ci", "status": "IN_PROGRESS", "conclusion": None},
                    {"__typename": "StatusContext", "context": "lint", "state": "SUCCESS"},
                ],
            },
        }

    def test_dispatched_runs_are_not_in_it(self, hub: GitHub, repo: Repo, token: str) -> None:
        """They are among the suites alone, as on GitHub."""
        repo.data.workflows[0].events = ("workflow_dispatch",)
        repo.open_pull("feature")
        with hub.lock:
            ci.dispatch(hub, repo.data, repo.data.workflows[0], "feature", by="ada")
        repo.finish_ci()

        found = head(hub, token)

        assert found["statusCheckRollup"] is None
        assert found["checkSuites"]["totalCount"] == 1

    def test_of_a_run_that_was_repeated_it_has_the_last(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The same name in one suite: the newer one stands for it."""
        repo.open_pull("feature")
        repo.finish_ci()
        [suite] = repo.data.suites
        suite.runs.append(CheckRun(hub.state.new_id(), suite.id, "ci", suite.head_sha, "completed", "failure"))

        found = head(hub, token)["statusCheckRollup"]

        assert found["state"] == "FAILURE"

    def test_a_status_can_be_asked_for_by_its_context(self, hub: GitHub, repo: Repo, token: str) -> None:
        """`status` has commit statuses alone, and is null without any."""
        repo.open_pull("feature")
        fields = 'commits(last: 1) { nodes { commit { status { context(name: "MERGEBOT") { state } } } } }'

        before = pull(hub, token, 1, fields)["commits"]["nodes"][0]["commit"]
        repo.status(repo.sha("feature"), "mergebot", "success")
        after = pull(hub, token, 1, fields)["commits"]["nodes"][0]["commit"]

        assert before == {"status": None}
        assert after == {"status": {"context": {"state": "SUCCESS"}}}


class TestWhatGithubConcludes:
    FIELDS = "mergeable mergeStateStatus reviewDecision"

    def test_mergeability_is_unknown_at_the_first_look(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The look starts the computation; each move of base voids it."""
        repo.open_pull("feature")
        repo.finish_ci()

        looks = [pull(hub, token, 1, self.FIELDS) for _ in range(2)]
        repo.push("main", {"b.txt": "b\n"})
        looks.append(pull(hub, token, 1, self.FIELDS))

        assert [(look["mergeable"], look["mergeStateStatus"]) for look in looks] == [
            ("UNKNOWN", "UNKNOWN"),
            ("MERGEABLE", "CLEAN"),
            ("UNKNOWN", "UNKNOWN"),
        ]

    def test_a_conflict_is_dirty(self, hub: GitHub, repo: Repo, token: str) -> None:
        """And a closed PR is of no state."""
        repo.open_pull("feature")
        repo.push("main", {"a.txt": "other\n"})
        repo.settings.slow_mergeability = 0

        conflicting = pull(hub, token, 1, self.FIELDS)
        repo.close(1)

        assert (conflicting["mergeable"], conflicting["mergeStateStatus"]) == ("CONFLICTING", "DIRTY")
        assert pull(hub, token, 1, self.FIELDS)["mergeStateStatus"] == "UNKNOWN"

    def test_what_is_not_passing_is_blocked_only_if_it_is_required(self, hub: GitHub, repo: Repo, token: str) -> None:
        """BLOCKED for a required check that has not passed, UNSTABLE for any other."""
        repo.settings.slow_mergeability = 0
        repo.open_pull("feature")
        seen = [pull(hub, token, 1, "mergeStateStatus")]
        checks = {"required_status_checks": [{"context": "ci"}], "strict_required_status_checks_policy": True}
        repo.rule(Rule("required_status_checks", checks))
        seen.append(pull(hub, token, 1, "mergeStateStatus"))
        repo.finish_ci()
        seen.append(pull(hub, token, 1, "mergeStateStatus"))
        repo.push("main", {"b.txt": "b\n"})
        seen.append(pull(hub, token, 1, "mergeStateStatus"))

        assert [one["mergeStateStatus"] for one in seen] == ["UNSTABLE", "BLOCKED", "CLEAN", "BEHIND"]

    def test_the_decision_is_null_where_no_review_is_required(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Null is neither approved nor missing."""
        repo.open_pull("feature")
        repo.review(1, by="bob")
        seen = [pull(hub, token, 1, "reviewDecision")]
        repo.protect(Protection(id=1, pattern="main", approvals=2))
        seen.append(pull(hub, token, 1, "reviewDecision"))
        repo.review(1, by="cyd", state="CHANGES_REQUESTED")
        seen.append(pull(hub, token, 1, "reviewDecision"))
        repo.review(1, by="cyd")
        seen.append(pull(hub, token, 1, "reviewDecision"))

        decisions = [one["reviewDecision"] for one in seen]
        assert decisions == [None, "REVIEW_REQUIRED", "CHANGES_REQUESTED", "APPROVED"]

    def test_a_comment_hides_an_approval_in_the_latest_reviews_alone(self, hub: GitHub, repo: Repo, token: str) -> None:
        """The opinionated ones still have it."""
        repo.open_pull("feature")
        repo.review(1, by="bob")
        repo.review(1, by="bob", state="COMMENTED", body="by the way")
        repo.grant("dan", "read")
        repo.review(1, by="dan")

        found = pull(
            hub,
            token,
            1,
            "reviews(last: 9) { totalCount } latestReviews(first: 9) { nodes { state } }"
            " latestOpinionatedReviews(first: 9, writersOnly: true) { nodes { state author { login } } }",
        )

        assert found["reviews"]["totalCount"] == 3
        assert [node["state"] for node in found["latestReviews"]["nodes"]] == ["COMMENTED", "APPROVED"]
        assert found["latestOpinionatedReviews"]["nodes"] == [{"state": "APPROVED", "author": {"login": "bob"}}]

    def test_required_is_a_question_about_one_pr(self, hub: GitHub, repo: Repo, token: str) -> None:
        """Without a number it is an error of that field."""
        repo.open_pull("feature")
        repo.protect(Protection(id=1, pattern="main", required_checks=("ci",)))
        fields = "statusCheckRollup {{ contexts(first: 9) {{ nodes {{ ... on CheckRun {{ isRequired{0} }} }} }} }}"
        commit = f'object(oid: "{repo.sha("feature")}") {{{{ ... on Commit {{{{ {fields} }}}} }}}}'

        found = repository(hub, token, commit.format("").replace("isRequired", "isRequired(pullRequestNumber: 1)"))
        without = ask(hub, token, commit.format(""))

        assert found["object"]["statusCheckRollup"]["contexts"]["nodes"] == [{"isRequired": True}]
        assert without["errors"][0]["path"][-1] == "isRequired"


def test_a_stale_reading_shows_the_state_of_before(hub: GitHub, repo: Repo, token: str) -> None:
    """Reads may lag behind writes."""
    repo.open_pull("feature")
    before = repo.sha("feature")

    hub.freeze_reads()
    after = repo.push("feature", {"a.txt": "b\n"})
    lagging = pull(hub, token, 1, "headRefOid")
    hub.thaw_reads()

    assert (lagging, pull(hub, token, 1, "headRefOid")) == ({"headRefOid": before}, {"headRefOid": after})


def test_the_rules_of_rulesets_can_be_asked_for(hub: GitHub, repo: Repo, token: str) -> None:
    """Their parameters are of the type of the rule; a rule without parameters has null."""
    repo.rule(Rule("merge_queue"), Rule("required_status_checks", {"required_status_checks": [{"context": "ci"}]}))

    found = repository(
        hub,
        token,
        'ref(qualifiedName: "main") { rules(first: 9) { nodes { type parameters { __typename'
        " ... on RequiredStatusChecksParameters { requiredStatusChecks { context integrationId } } } } } }",
    )

    assert found["ref"]["rules"]["nodes"] == [
        {"type": "MERGE_QUEUE", "parameters": None},
        {
            "type": "REQUIRED_STATUS_CHECKS",
            "parameters": {
                "__typename": "RequiredStatusChecksParameters",
                "requiredStatusChecks": [{"context": "ci", "integrationId": None}],
            },
        },
    ]

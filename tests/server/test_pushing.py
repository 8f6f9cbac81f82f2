"""Pushes by real git: what they bring with them, and what the server will not take."""

from pathlib import Path

import pytest

from tests.server.asking import Asker, Clone
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import Protection, Rule


@pytest.fixture
def clone(hub: GitHub, repo: Repo, app: Asker, tmp_path: Path) -> Clone:
    """The app's clone, with `feature` and its PR."""
    repo.push("feature", {"a.txt": "1\n"}, by="alice")
    repo.open_pull("feature", author="alice")
    clone = Clone.of(hub, "o/r", tmp_path / "clone", app.token)
    clone.git("checkout", "--quiet", "feature")
    return clone


class TestWhatAPushBringsWithIt:
    def test_the_head_of_the_pr_moves_and_ci_starts_for_it(self, repo: Repo, clone: Clone) -> None:
        new = clone.commit("b.txt")

        assert clone.push("feature").code == 0

        assert repo.pull(1).head_sha == repo.box.refs()["refs/pull/1/head"] == new
        assert [run.status for suite in repo.data.suites_of(new) for run in suite.runs] == ["queued"]

    def test_a_rebase_of_the_same_change_keeps_approvals_and_another_change_voids_them(
        self, repo: Repo, clone: Clone
    ) -> None:
        """Platform: stale approvals are dismissed when the diff changes, where the rule says so."""
        repo.protect(Protection(1, "main", dismiss_stale=True))
        review = repo.review(1, by="rita")
        repo.push("main", {"base.txt": "x\n"})
        clone.git("fetch", "--quiet", "origin")
        clone.git("rebase", "--quiet", "origin/main")
        clone.push("+feature")
        after_rebase = review.state
        clone.commit("a.txt", "2\n")
        clone.push("feature")

        assert (after_rebase, review.state) == ("APPROVED", "DISMISSED")

    def test_a_deleted_base_closes_the_prs_based_on_it(self, repo: Repo, clone: Clone) -> None:
        """Platform: only the button on the web site, and the setting, retarget them."""
        repo.push("child", {"c.txt": "3\n"}, start="feature")
        child = repo.open_pull("child", base="feature")
        repo.merge(1)

        assert clone.push(":feature").code == 0

        assert (child.state, child.merged) == ("closed", False)

    def test_the_button_on_the_web_site_retargets_them(self, repo: Repo, clone: Clone) -> None:
        del clone
        repo.push("child", {"c.txt": "3\n"}, start="feature")
        child = repo.open_pull("child", base="feature")
        repo.merge(1)

        repo.delete_branch("feature")

        assert (child.state, child.base_ref) == ("open", "main")

    def test_a_head_that_base_holds_counts_as_merged(self, repo: Repo, clone: Clone) -> None:
        clone.push("feature:main")

        assert (repo.pull(1).merged, repo.pull(1).merge_sha) == (True, repo.sha("feature"))

    def test_a_deleted_head_closes_the_pr(self, repo: Repo, clone: Clone) -> None:
        clone.push(":feature")

        assert (repo.pull(1).state, repo.pull(1).merged) == ("closed", False)

    def test_a_github_token_parks_the_runs_until_a_person_lets_them(
        self, hub: GitHub, repo: Repo, clone: Clone
    ) -> None:
        clone.token = hub.token("", kind="actions")
        new = clone.commit("b.txt")
        clone.push("feature")
        [suite] = repo.data.suites_of(new)
        parked = (suite.status, suite.conclusion, len(suite.runs))
        repo.finish_ci()
        still = suite.conclusion
        repo.approve_runs(new)
        repo.finish_ci()

        assert (parked, still) == (("completed", "action_required", 0), "action_required")
        assert suite.conclusion == "success"

    def test_no_ci_for_a_conflicting_pr_nor_for_a_commit_that_says_so(self, repo: Repo, clone: Clone) -> None:
        skipped = clone.commit("b.txt", message="work [skip ci]")
        clone.push("feature")
        repo.push("main", {"a.txt": "other\n"})
        conflicting = clone.commit("c.txt")
        clone.push("feature")

        assert [repo.data.suites_of(sha) for sha in (skipped, conflicting)] == [[], []]

    def test_a_fork_moves_the_pr_in_the_parent(self, hub: GitHub, repo: Repo, clone: Clone) -> None:
        del clone
        fork = repo.fork("bob/r")
        fork.push("idea", {"i.txt": "1\n"}, by="bob")
        pull = repo.open_pull("idea", author="bob", fork="bob/r")

        new = fork.push("idea", {"i.txt": "2\n"}, by="bob")

        assert pull.head_sha == repo.box.refs()[f"refs/pull/{pull.number}/head"] == new
        assert hub.store(repo.data).has(new)


class TestWhatTheServerWillNotTake:
    def test_a_protected_branch_refuses_force_and_deletion_and_others_go_through(
        self, repo: Repo, clone: Clone
    ) -> None:
        repo.protect(Protection(1, "rel*"))
        repo.push("release", {"r.txt": "1\n"})
        clone.commit("b.txt")

        pushed = clone.push("+HEAD:refs/heads/release", "HEAD:refs/heads/other")

        assert pushed.code == 1
        assert pushed.refs == (
            "*\tHEAD:refs/heads/other\t[new branch]",
            "!\tHEAD:refs/heads/release\t[remote rejected] (protected branch hook declined)",
        )
        assert "remote: error: GH006: Protected branch update failed for refs/heads/release." in pushed.words
        assert "remote: error: Cannot force-push to this branch" in pushed.words
        assert "hook declined to update" not in pushed.words

    def test_a_ruleset_refuses_in_its_own_words(self, repo: Repo, clone: Clone) -> None:
        repo.rule(Rule("deletion"), include=("feature",))

        pushed = clone.push(":feature")

        assert pushed.refs == (
            "!\t:refs/heads/feature\t[remote rejected] (push declined due to repository rule violations)",
        )
        assert "remote: error: GH013: Repository rule violations found for refs/heads/feature." in pushed.words

    def test_an_atomic_push_moves_nothing_when_one_ref_is_refused(self, repo: Repo, clone: Clone) -> None:
        repo.protect(Protection(1, "main"))
        before = repo.box.refs()
        clone.git("checkout", "--quiet", "--orphan", "lonely")
        clone.commit("b.txt")

        pushed = clone.push("+HEAD:refs/heads/main", "HEAD:refs/heads/other", options=["--atomic"])

        assert repo.box.refs() == before
        assert [line.partition("\t")[0] for line in pushed.refs] == ["!", "!"]

    def test_a_workflow_file_needs_the_right(self, hub: GitHub, repo: Repo, clone: Clone) -> None:
        clone.commit(".github/workflows/ci.yml", "on: push\n")

        refused = clone.push("feature")
        clone.token = hub.token("alice", kind="pat")
        taken = clone.push("feature")

        assert "refusing to allow a GitHub App to create or update workflow" in refused.refs[0]
        assert "without `workflows` permission" in refused.refs[0]
        assert (refused.code, taken.code) == (1, 0)
        assert ".github/workflows/ci.yml" in repo.store.files(repo.box.tree("feature"))

    def test_a_rebase_over_a_workflow_that_came_with_base_is_refused_too(self, repo: Repo, clone: Clone) -> None:
        """Platform: what counts is that the ref's old tip did not have the change."""
        repo.push("main", {".github/workflows/ci.yml": "on: push\n"})
        clone.git("fetch", "--quiet", "origin")
        clone.git("rebase", "--quiet", "origin/main")

        assert "without `workflows` permission" in clone.push("+feature").refs[0]

    def test_the_refs_of_pull_requests_are_hidden(self, clone: Clone) -> None:
        pushed = clone.push("HEAD:refs/pull/1/head")

        assert pushed.refs == ("!\tHEAD:refs/pull/1/head\t[remote rejected] (deny updating a hidden ref)",)

    def test_other_refs_may_be_pushed_unless_the_switch_says_no(self, repo: Repo, clone: Clone) -> None:
        taken = clone.push("HEAD:refs/mergebot/merged/1")
        repo.settings.custom_refs = False
        refused = clone.push("HEAD:refs/mergebot/merged/2")

        assert (taken.code, refused.code) == (0, 1)
        assert sorted(ref for ref in repo.box.refs() if "mergebot" in ref) == ["refs/mergebot/merged/1"]

    def test_the_default_branch_stays(self, repo: Repo, clone: Clone) -> None:
        pushed = clone.push(":main")

        assert "refusing to delete the current branch" in pushed.refs[0]
        assert repo.data.branch("main") is not None

    def test_a_stale_lease_is_the_clients_affair(self, repo: Repo, clone: Clone) -> None:
        old = repo.sha("feature")
        repo.push("feature", {"z.txt": "1\n"}, by="alice")
        clone.commit("b.txt")

        pushed = clone.push("feature", options=[f"--force-with-lease=refs/heads/feature:{old}"])

        assert pushed.refs == ("!\trefs/heads/feature:refs/heads/feature\t[rejected] (stale info)",)


class TestWhoMayTalkToGit:
    def test_a_reader_may_not_push(self, hub: GitHub, repo: Repo, clone: Clone) -> None:
        clone.token = hub.token("reader", kind="read")
        clone.commit("b.txt")

        pushed = clone.push("feature")

        assert "The requested URL returned error: 403" in pushed.words
        assert repo.sha("feature") == repo.pull(1).head_sha

    def test_a_bad_or_an_old_token_is_401(self, hub: GitHub, clone: Clone) -> None:
        hub.user("bob", permission="write")
        clone.token = hub.token("bob", expires_in=-1)
        clone.git("config", "credential.helper", "")

        assert "could not read Username" in clone.git("ls-remote", "origin").stderr
        assert hub.log[-1].status == 401

    def test_a_private_repository_does_not_exist_for_strangers(self, hub: GitHub, tmp_path: Path) -> None:
        hub.repository("o/secret", private=True)
        stranger = Asker(hub, hub.token("stranger", kind="pat"))
        hub.user("stranger", permission="none")
        clone = Clone(tmp_path, hub, stranger.token)

        assert "not found" in clone.git("ls-remote", f"{hub.url}/o/secret.git").stderr.lower()
        assert stranger("GET", "/repos/o/secret").status == 404

    def test_two_authorization_headers_are_refused(self, hub: GitHub, clone: Clone) -> None:
        """Platform: a checkout's own header and one more."""
        del hub
        header = f"http.{clone.hub.url}/.extraheader=Authorization: basic eDp5"

        assert "400" in clone.git("-c", header, "ls-remote", "origin").stderr

    def test_a_fork_takes_a_push_of_a_maintainer_where_its_author_lets_it(
        self, hub: GitHub, repo: Repo, tmp_path: Path
    ) -> None:
        fork = repo.fork("bob/r")
        fork.push("idea", {"i.txt": "1\n"}, by="bob")
        pull = repo.open_pull("idea", author="bob", fork="bob/r")
        fork.grant("alice", "read")
        clone = Clone.of(hub, "bob/r", tmp_path / "fork", hub.token("alice"), "--branch=idea")
        clone.commit("j.txt")

        before = clone.push("idea").code
        pull.maintainer_can_modify = True

        assert (before, clone.push("idea").code) == (128, 0)

    def test_a_commit_is_fetched_by_its_sha_without_its_blobs(
        self, hub: GitHub, repo: Repo, app: Asker, tmp_path: Path
    ) -> None:
        repo.push("feature", {"a.txt": "1\n"})
        clone = Clone.of(hub, "o/r", tmp_path / "bare", app.token, "--bare", "--filter=blob:none", "--single-branch")

        done = clone.git("fetch", "--quiet", "origin", repo.sha("feature"))

        missing = clone.git("rev-list", "--objects", "--missing=print", repo.sha("feature")).stdout
        assert done.returncode == 0
        assert "\n?" in missing

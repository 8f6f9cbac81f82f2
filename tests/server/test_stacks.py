"""Native stacks: only the asynchronous merge takes them, it takes all below along, and the server rebases the rest."""

import pytest

from tests.server.asking import Asker, Said
from tests.server.repo import Repo
from tests.server.state import Protection, PullRequest


@pytest.fixture
def members(repo: Repo) -> list[PullRequest]:
    """A stack of three."""
    found, below = [], "main"
    for name in ("one", "two", "three"):
        repo.push(name, {f"{name}.txt": "1\n"}, by="alice", start=below)
        found.append(repo.open_pull(name, base=below, author="alice"))
        below = name
    repo.stack([pull.number for pull in found])
    return found


def submit(app: Asker, pull: PullRequest, **options: object) -> Said:
    body = {"merge_method": "squash", "sha": pull.head_sha, **options}
    return app("PUT", f"/repos/o/r/pulls/{pull.number}/merge-async", body)


def polled(app: Asker, pull: PullRequest, said: Said, times: int = 2) -> list[str]:
    path = f"/repos/o/r/pulls/{pull.number}/merge-async/{said.body['details']['uuid']}"
    return [app("GET", path).body["status"] for _ in range(times)]


def test_the_bottom_lands_and_the_rest_is_rebased_and_retargeted(
    repo: Repo, app: Asker, members: list[PullRequest]
) -> None:
    heads = [pull.head_sha for pull in members]

    said = submit(app, members[0], commit_title="One (#1)", commit_message="body")

    assert (said.status, polled(app, members[0], said)) == (202, ["pending", "merged"])
    assert repo.box.history() == ["initial", "One (#1)"]
    assert [pull.state for pull in members] == ["closed", "open", "open"]
    assert [pull.base_ref for pull in members] == ["main", "main", "two"]
    assert [pull.head_sha != head for pull, head in zip(members, heads, strict=True)] == [False, True, True]
    assert repo.box.history("three") == ["initial", "One (#1)", "Change two", "Change three"]
    assert repo.sha("two") == members[1].head_sha


def test_everything_below_lands_too_one_commit_each(repo: Repo, app: Asker, members: list[PullRequest]) -> None:
    said = submit(app, members[2], commit_title="Three (#3)")
    polled(app, members[2], said)

    assert [pull.merged for pull in members] == [True, True, True]
    assert [subject.partition(" (")[0] for subject in repo.box.history()] == [
        "initial",
        "Change one",
        "Change two",
        "Three",
    ]


@pytest.mark.parametrize("approved", [0, 1])
def test_nothing_lands_where_a_rule_of_the_base_refuses_one_of_them(
    repo: Repo, app: Asker, members: list[PullRequest], approved: int
) -> None:
    """Platform: the rules are asked when it runs, and those of the stack's base hold for every member."""
    repo.protect(Protection(1, "main", approvals=1))
    repo.review(members[approved].number, by="rita")
    said = submit(app, members[1])

    assert polled(app, members[1], said) == ["pending", "failed"]
    assert repo.box.history() == ["initial"]


def test_a_moved_base_makes_it_fail(repo: Repo, app: Asker, members: list[PullRequest]) -> None:
    """Platform: a stack must be linear."""
    repo.push("main", {"x.txt": "1\n"})
    said = submit(app, members[0])

    assert polled(app, members[0], said) == ["pending", "failed"]


def test_a_push_in_between_makes_it_fail(repo: Repo, app: Asker, members: list[PullRequest]) -> None:
    said = submit(app, members[0])
    repo.push("one", {"more.txt": "1\n"})

    assert polled(app, members[0], said) == ["pending", "failed"]
    assert repo.box.history() == ["initial"]


def test_one_request_at_a_time(app: Asker, members: list[PullRequest]) -> None:
    first, second = submit(app, members[0]), submit(app, members[0])

    assert second.status == 409
    assert second.body["details"]["uuid"] == first.body["details"]["uuid"]


def test_a_closed_pr_and_a_draft_are_400_and_a_merged_one_is_200(
    repo: Repo, app: Asker, members: list[PullRequest]
) -> None:
    repo.edit(members[2].number, draft=True)
    said = submit(app, members[0])
    polled(app, members[0], said)
    repo.close(members[1].number)

    assert [submit(app, pull).status for pull in members] == [200, 400, 400]


def test_members_cannot_be_retargeted_nor_merged_the_ordinary_way(app: Asker, members: list[PullRequest]) -> None:
    merge = app("PUT", "/repos/o/r/pulls/1/merge", {"sha": members[0].head_sha, "merge_method": "squash"})
    retarget = app("PATCH", "/repos/o/r/pulls/2", {"base": "main"})

    assert (merge.status, retarget.status) == (403, 422)
    assert "part of a stack" in retarget.body["errors"][0]["message"]


def test_without_the_feature_there_is_nothing(repo: Repo, app: Asker) -> None:
    repo.push("feature", {"a.txt": "1\n"})
    pull = repo.open_pull("feature")

    assert [submit(app, pull).status, app("GET", "/repos/o/r/stacks").status] == [404, 404]


def test_an_ordinary_pr_may_be_merged_so_too(repo: Repo, app: Asker, members: list[PullRequest]) -> None:
    del members
    repo.push("feature", {"a.txt": "1\n"})
    pull = repo.open_pull("feature")
    said = submit(app, pull)

    assert polled(app, pull, said) == ["pending", "merged"]


def test_a_stack_is_told_with_its_members_and_each_pr_its_place(app: Asker, members: list[PullRequest]) -> None:
    [stack] = app("GET", "/repos/o/r/stacks").body
    places = [pull["stack"]["position"] for pull in app("GET", "/repos/o/r/pulls?direction=asc").body]

    assert [member["number"] for member in stack["pull_requests"]] == [pull.number for pull in members]
    assert (stack["base"], stack["open"], places) == ({"ref": "main"}, True, [1, 2, 3])

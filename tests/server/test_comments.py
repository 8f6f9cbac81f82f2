"""Comments: who may edit them, reactions as each account sees them, locked conversations."""

import pytest

from tests.server.asking import Asker
from tests.server.hub import GitHub
from tests.server.repo import Repo
from tests.server.state import PullRequest

QUERY = """query { repository(owner: "o", name: "r") { pullRequest(number: 1) { comments(last: 30) { nodes {
  databaseId body url lastEditedAt author { login } editor { login } reactionGroups { content viewerHasReacted }
} } } } }"""


@pytest.fixture
def pull(repo: Repo) -> PullRequest:
    """PR 1, opened by alice."""
    repo.push("feature", {"a.txt": "1\n"}, by="alice")
    return repo.open_pull("feature", author="alice")


def nodes(asker: Asker) -> list[dict[str, object]]:
    """The comments on PR 1 as GraphQL shows them."""
    said = asker.graphql(QUERY).body
    assert "errors" not in said
    found: list[dict[str, object]] = said["data"]["repository"]["pullRequest"]["comments"]["nodes"]
    return found


def mine(node: dict[str, object]) -> list[str]:
    """The kinds of reactions that the asking account has given."""
    groups = node["reactionGroups"]
    assert isinstance(groups, list)
    assert len(groups) == 8
    return [group["content"] for group in groups if group["viewerHasReacted"]]


def test_a_comment_is_shown_with_its_page_and_its_editor(
    hub: GitHub, repo: Repo, app: Asker, pull: PullRequest
) -> None:
    """The page of one on a PR is the PR's."""
    comment = repo.comment(pull.number, "/mergebot hold", by="alice")
    [before] = nodes(app)
    repo.edit_comment(comment, "/mergebot merge", by="rita")
    [after] = nodes(app)

    assert before["url"] == f"{hub.url}/o/r/pull/1#issuecomment-{comment.id}"
    assert (before["databaseId"], before["author"]) == (comment.id, {"login": "alice"})
    assert (before["editor"], before["lastEditedAt"]) == (None, None)
    assert (after["body"], after["editor"]) == ("/mergebot merge", {"login": "rita"})
    assert after["lastEditedAt"] is not None


def test_an_edit_by_rest_names_its_editor_too(hub: GitHub, repo: Repo, app: Asker, pull: PullRequest) -> None:
    comment = repo.comment(pull.number, "first", by="alice")
    rita = Asker(hub, hub.token("rita"))
    hub.user("rita", permission="maintain")

    assert rita("PATCH", f"/repos/o/r/issues/comments/{comment.id}", {"body": "second"}).status == 200
    assert nodes(app)[0]["editor"] == {"login": "rita"}


class TestAReaction:
    def test_is_given_once_by_each_account_and_seen_as_ones_own(
        self, hub: GitHub, repo: Repo, app: Asker, pull: PullRequest
    ) -> None:
        """Platform: 201 the first time, 200 from then on."""
        comment = repo.comment(pull.number, "hello")
        path = f"/repos/o/r/issues/comments/{comment.id}/reactions"
        repo.react(comment, "-1", by="alice")

        answers = [app("POST", path, {"content": "+1"}) for _ in range(2)]

        assert [said.status for said in answers] == [201, 200]
        assert answers[0].body == answers[1].body
        assert repo.reactions(comment) == ["+1"]
        assert mine(nodes(app)[0]) == ["THUMBS_UP"]
        assert mine(nodes(Asker(hub, hub.token("alice")))[0]) == ["THUMBS_DOWN"]

    def test_is_one_of_eight_and_needs_its_comment(self, repo: Repo, app: Asker, pull: PullRequest) -> None:
        comment = repo.comment(pull.number, "hello")
        path = f"/repos/o/r/issues/comments/{comment.id}/reactions"

        assert app("POST", path, {"content": "fine"}).status == 422
        repo.delete_comment(comment)
        assert app("POST", path, {"content": "+1"}).status == 404


def test_a_locked_conversation_lets_insiders_speak_and_nobody_react(
    hub: GitHub, repo: Repo, app: Asker, pull: PullRequest
) -> None:
    """Platform: an app is no insider; a reaction that is there already stays."""
    comment = repo.comment(pull.number, "hello", by="alice")
    reaction = f"/repos/o/r/issues/comments/{comment.id}/reactions"
    app("POST", reaction, {"content": "+1"})
    repo.lock_conversation(pull.number)
    alice = Asker(hub, hub.token("alice"))
    hub.user("alice", permission="write")

    said = [asker("POST", "/repos/o/r/issues/1/comments", {"body": "more"}).status for asker in (alice, app)]
    reacted = [app("POST", reaction, {"content": content}).status for content in ("+1", "confused")]

    assert (said, reacted) == ([201, 403], [200, 403])
    assert repo.reactions(comment) == ["+1"]


def test_a_review_has_a_page(hub: GitHub, repo: Repo, app: Asker, pull: PullRequest) -> None:
    review = repo.review(pull.number, by="rita")
    said = app.graphql(
        'query { repository(owner: "o", name: "r") { pullRequest(number: 1) { reviews(last: 1) { nodes { url } } } } }'
    )

    [node] = said.body["data"]["repository"]["pullRequest"]["reviews"]["nodes"]
    assert node["url"] == f"{hub.url}/o/r/pull/1#pullrequestreview-{review.id}"

"""What people and agents read on GitHub, as it stands on the server after a pass (contract 4.7)."""

from mergebot.act.steps import carry_out
from mergebot.model.outcome import Done
from mergebot.model.plan import Merge
from mergebot.model.policy import Policy
from tests.report.comments import agents, people
from tests.scenarios.github_world import GithubWorld
from tests.scenarios.world import marked
from tests.server.state import Comment


def own(world: GithubWorld, name: str) -> Comment:
    """The one comment on an agent's PR."""
    [found] = world.repo.data.issues[world.pulls[name]].comments
    return found


def text(world: GithubWorld, name: str) -> str:
    """What it says, without the marker."""
    return own(world, name).body.partition("\n")[2].strip()


def headline(world: GithubWorld, name: str) -> str:
    return people(text(world, name)).partition("\n")[0]


def test_each_pull_request_is_told_how_it_stands(github: GithubWorld) -> None:
    """Blocked, waiting, conflicting and merged, in one pass; people and agents are told the same."""
    github.depend({"later": ["scored"]})
    github.agent("landed", {"a.txt": marked("landed")}, labels=["merge"])
    github.agent("conflicting", {"a.txt": marked("conflicting")}, labels=["merge"])
    github.agent("scored", {"s.txt": marked("scored")}, score=8)
    github.agent("later", {"l.txt": marked("later")})
    github.answer()
    github.run()

    assert {name: headline(github, name) for name in github.pulls} == {
        "landed": f"**✓ Merged** as {github.tip()} into `main`.",
        "conflicting": "**✗ Blocked**: it is not merged before someone acts.",
        "scored": "**✗ Blocked**: it is not merged before someone acts.",
        "later": "**◦ Waiting**: it is merged once what waits below holds.",
    }
    assert people(text(github, "landed")).endswith("\n\n- Its branch `feature/landed` is deleted")
    assert people(text(github, "conflicting")).endswith(
        "**Conflicts** in `a.txt`; the other side came with #1.\n\nTo solve it:\n\n```sh\ngit fetch origin\n"
        "git switch feature/conflicting\ngit merge --ff-only origin/feature/conflicting\ngit merge origin/main\n"
        "git push origin feature/conflicting\n```"
    )
    page = f"{github.hub.url}/fleet/product/pull/{github.pulls['scored']}"
    assert f"| [review by rita](<{page}#pullrequestreview-" in text(github, "scored")
    assert f"| [checks](<{page}/checks>) |" in text(github, "scored")
    assert agents(text(github, "later"))["next"] == {"who": "others", "what": "#3 must land first"}


def test_one_that_leaves_the_queue_is_told_so_and_comes_back(github: GithubWorld) -> None:
    """In the same comment: the old words would be a lie, and another comment would be noise."""
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.run()
    first = own(github, "one").id
    assert headline(github, "one") == "**◦ Waiting**: it is merged once what waits below holds."

    github.repo.unlabel(github.pulls["one"], "merge")
    github.run()
    assert headline(github, "one") == "**Not in the queue**: add the label `merge` to queue it"

    github.repo.label(github.pulls["one"], "merge")
    github.run()
    assert headline(github, "one") == "**◦ Waiting**: it is merged once what waits below holds."
    assert own(github, "one").id == first


def test_nobody_else_is_told_that_base_has_moved(github: GithubWorld) -> None:
    """A push to base, or a merge that concerns nobody else, edits no comment (I5)."""
    github.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    github.answer()
    github.run()
    before = text(github, "one")

    github.commit_to_base("unrelated", {"z.txt": "z\n"})
    github.agent("two", {"b.txt": marked("two")}, labels=["merge"])
    github.answer()
    github.run()

    assert github.landed() == ["two"]
    assert text(github, "one") == before


class TestTheLastWord:
    """What is no longer in the queue must not be called waiting for ever; and once that is said, nothing more is."""

    def test_after_a_merge_by_hand_the_comment_says_merged(self, github: GithubWorld) -> None:
        waiting(github)
        landed = github.repo.merge(github.pulls["one"])
        github.run()
        assert headline(github, "one") == f"**✓ Merged** as {landed} into `main`."
        assert agents(text(github, "one"))["state"] == "merged"

    def test_one_that_is_closed_is_told_that_it_is_gone(self, github: GithubWorld) -> None:
        waiting(github)
        github.repo.close(github.pulls["one"])
        github.run()
        assert headline(github, "one").startswith(("**✗ Closed**", "**◦ Not in the queue any more**"))

    def test_a_pass_that_was_killed_before_it_could_say_so_is_completed(self, github: GithubWorld) -> None:
        waiting(github)
        github.review("one")
        plan = github.plan()
        [step] = [step for step in plan.steps if isinstance(step, Merge)]
        forge = github.forge()
        forge.reader.read(Policy())
        with forge.writer.lock():
            assert isinstance(carry_out(step, forge, Policy(), github.clock()), Done)
        assert headline(github, "one") == "**◦ Waiting**: it is merged once what waits below holds."
        github.run()
        assert headline(github, "one") == f"**✓ Merged** as {github.tip()} into `main`."

    def test_it_is_said_once_and_then_forgotten(self, github: GithubWorld) -> None:
        """What somebody makes of the comment later is theirs; and no pass asks for it again."""
        waiting(github)
        github.repo.merge(github.pulls["one"])
        github.run()
        before = len(github.hub.api_requests())
        github.run(quiet_after=False)
        assert not [one for one in github.hub.api_requests()[before:] if "/comments" in one.path]


def waiting(world: GithubWorld) -> None:
    """One PR that nobody has approved, and its comment."""
    world.agent("one", {"a.txt": marked("one")}, approved=False, labels=["merge"])
    world.answer()
    world.run()


class TestWhatOthersDoToIt:
    def test_one_that_somebody_has_deleted_is_written_again(self, github: GithubWorld) -> None:
        waiting(github)
        github.repo.delete_comment(own(github, "one"))
        github.run()
        assert headline(github, "one").startswith("**◦ Waiting**")

    def test_one_that_somebody_has_changed_says_again_what_is_true(self, github: GithubWorld) -> None:
        """Whoever may write can edit it; what mergebot says must be what mergebot thinks."""
        waiting(github)
        comment = own(github, "one")
        github.repo.edit_comment(comment, comment.body.replace("Waiting", "Ready"), by="rita")
        github.run()
        assert headline(github, "one").startswith("**◦ Waiting**")

    def test_a_change_costs_one_request(self, github: GithubWorld) -> None:
        """Where the comment is, and what it says, has been read with everything else."""
        waiting(github)
        github.review("one", score=None)
        github.repo.label(github.pulls["one"], "hold")
        before = len(github.hub.api_requests())
        github.run(quiet_after=False)
        asked = [one for one in github.hub.api_requests()[before:] if "/comments" in one.path]
        assert [one.method for one in asked] == ["PATCH"]


class TestAnInputInError:
    """Nothing is merged then (contract 2.1); a comment that goes on saying `ready` would be a lie."""

    BROKEN = "version: 1\nqueue: {label: [merge}\n"

    def test_is_told_on_every_pull_request_that_waits_for_it(self, github: GithubWorld) -> None:
        github.depend({"agent": []})
        github.agent("agent", {"a.txt": marked("agent")}, approved=False)
        github.agent("labelled", {"b.txt": marked("labelled")}, approved=False, labels=["merge"])
        github.agent("stranger", {"c.txt": marked("stranger")}, approved=False)
        github.answer()
        github.run()

        github.commit_to_base("Break the config", {".github/mergebot.yml": self.BROKEN})
        github.run()
        told = "**‖ Held**: nothing is merged before this is corrected: .github/mergebot.yml:2:"
        assert headline(github, "agent").startswith(told)
        assert headline(github, "labelled").startswith(told)
        assert github.repo.data.issues[github.pulls["stranger"]].comments == []

        github.commit_to_base("Mend the config", {".github/mergebot.yml": "version: 1\n"})
        github.run()
        assert headline(github, "agent").startswith("**◦ Waiting**")

    def test_and_nothing_that_is_remembered_is_forgotten(self, github: GithubWorld) -> None:
        github.depend({"agent": []})
        github.agent("agent", {"a.txt": marked("agent")}, approved=False)
        github.answer()
        github.run()
        before = kept(github)
        github.commit_to_base("Break the config", {".github/mergebot.yml": self.BROKEN})
        github.run()
        assert kept(github) == before


def kept(world: GithubWorld) -> str:
    """The fleet's `status.json` in the state of mergebot."""
    return world.repo.box.git("cat-file", "blob", "refs/mergebot/state:status.json")

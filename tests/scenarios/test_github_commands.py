"""Commands in comments, from end to end: people write, a pass carries out and answers, and the next one is quiet."""

from collections.abc import Mapping

import pytest

from mergebot.model.outcome import Done, Failed, Stale
from mergebot.model.plan import Answer, EntryState, Merge, Restack
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import marked
from tests.server.faults import Fault, FaultKind, operation, to
from tests.server.state import Comment, Rule

STRANGER = "mallory"


def agent(world: GithubWorld, name: str = "a", *, labels: tuple[str, ...] = ("merge",)) -> int:
    """A PR that could merge, were its checks done."""
    return world.agent(name, {f"{name}.txt": marked(name)}, labels=labels)


def say(world: GithubWorld, text: str, *, name: str = "a", by: str = REVIEWER) -> Comment:
    """A comment on an agent's PR."""
    return world.repo.comment(world.pulls[name], text, by=by)


def labels(world: GithubWorld, name: str = "a") -> set[str]:
    """The labels of an agent's PR."""
    return set(world.repo.pull(world.pulls[name]).labels)


def told(world: GithubWorld, name: str = "a") -> str:
    """What mergebot's own comment says."""
    bodies = [one.body for one in world.repo.pull(world.pulls[name]).comments if one.author == "mergebot[bot]"]
    assert len(bodies) <= 1
    return "".join(bodies)


def state(world: GithubWorld, name: str = "a") -> EntryState:
    """The state of an agent's PR."""
    [found] = [entry for entry in world.plan().entries if entry.pr == world.pulls[name]]
    return found.state


class TestEachCommand:
    def test_merge_puts_it_in_the_queue_and_it_lands_in_the_same_pass(self, github: GithubWorld) -> None:
        agent(github, labels=())
        github.answer()
        comment = say(github, "Fine by me.\n\n/mergebot merge")
        github.run()
        assert github.repo.reactions(comment) == ["+1"]
        assert github.landed() == ["a"]

    def test_cancel_takes_it_out(self, github: GithubWorld) -> None:
        agent(github)
        github.answer()
        comment = say(github, "/mergebot cancel")
        github.run()
        assert (github.repo.reactions(comment), labels(github), github.landed()) == (["+1"], set(), [])

    def test_hold_holds_a_ready_one_and_unhold_lets_it_go(self, github: GithubWorld) -> None:
        agent(github)
        github.answer()
        say(github, "/mergebot hold")
        _, result = github.run()
        assert not any(isinstance(item.step, Merge) for item in result.results)
        assert labels(github) == {"merge", "hold"}
        assert "held by the label" in told(github)
        comment = say(github, "/mergebot unhold")
        github.run()
        assert (github.repo.reactions(comment), github.landed()) == (["+1"], ["a"])

    def test_rebase_brings_it_and_what_is_on_it_up_to_date_although_it_is_held(self, github: GithubWorld) -> None:
        agent(github, labels=("merge", "hold"))
        github.agent("b", {"b.txt": marked("b")}, on="feature/a", base="feature/a", labels=["merge"])
        base = github.commit_to_base("more", {"other.txt": "x\n"})
        comment = say(github, "/mergebot rebase")
        _, result = github.run()
        assert [type(item.step) for item in result.results][:2] == [Restack, Answer]
        assert github.repo.reactions(comment) == ["+1"]
        github.update()
        for name in ("a", "b"):
            assert github.work.git("merge-base", base, f"origin/feature/{name}").strip() == base
        assert "brought up to date with main" in told(github)

    def test_a_rebase_that_conflicts_is_told_and_not_tried_again(self, github: GithubWorld) -> None:
        github.agent("a", {"text.txt": marked("a")}, labels=["merge"])
        github.commit_to_base("other", {"text.txt": "other\n"})
        comment = say(github, "/mergebot rebase")
        before = github.heads()
        github.run()
        assert (github.repo.reactions(comment), github.heads()) == (["confused"], before)
        assert "conflicts in text.txt" in told(github).replace("`", "").replace("\\", "")

    def test_a_rebase_that_github_does_not_take_is_told_and_not_tried_again(self, github: GithubWorld) -> None:
        """The answer comes in the same pass, and no later one tries it again."""
        agent(github)
        github.repo.rule(Rule("non_fast_forward"), include=("feature/a",))
        github.commit_to_base("more", {"other.txt": "x\n"})
        comment = say(github, "/mergebot rebase")
        before = github.heads()
        _, result = github.run(quiet_after=False)
        outcomes = [(type(item.step).__name__, type(item.outcome).__name__) for item in result.results]
        assert outcomes == [("Restack", "Failed"), ("Answer", "Done")]
        assert (github.repo.reactions(comment), github.heads()) == (["confused"], before)
        github.run()  # the comment no longer tells of the step that failed in the pass before
        assert "it could not be rebased" in told(github)
        assert "the push of the rebased branch" in told(github)

    def test_retry_starts_failed_jobs_again(self, github: GithubWorld) -> None:
        verdict = {"ok": False}

        def says(_files: Mapping[str, bytes]) -> Mapping[str, bool | str]:
            return {"flaky": verdict["ok"]}

        github.repo.workflow("Flaky", "flaky.yml", says)
        agent(github)
        github.answer()
        github.run()
        assert state(github) is EntryState.BLOCKED
        verdict["ok"] = True
        comment = say(github, "/mergebot retry", by=AUTHOR)
        github.run()
        assert github.repo.reactions(comment) == ["+1"]
        github.answer()
        assert github.settle() == ["a"]

    def test_explain_makes_the_comment_of_one_that_nobody_has_asked_to_merge(self, github: GithubWorld) -> None:
        agent(github, labels=())
        github.run()
        assert told(github) == ""
        comment = say(github, "/mergebot explain")
        github.run()
        assert github.repo.reactions(comment) == ["+1"]
        assert "explain" in told(github)
        assert labels(github) == set()


class TestNoCommand:
    @pytest.mark.parametrize("by", [STRANGER, "helper[bot]"])
    def test_who_may_not_is_told_so_once(self, github: GithubWorld, by: str) -> None:
        """Each pass after it writes nothing, and nothing is held."""
        agent(github)
        comment = say(github, "/mergebot hold", by=by)
        github.run()
        assert github.repo.reactions(comment) == ["-1"]
        assert labels(github) == {"merge"}
        assert "may do that" in told(github)
        github.answer()
        assert github.settle() == ["a"]

    def test_what_is_not_understood_is_answered_with_the_commands(self, github: GithubWorld) -> None:
        agent(github)
        comment = say(github, "/mergebot mrege")
        github.run()
        assert github.repo.reactions(comment) == ["confused"]
        assert "is no command" in told(github)
        assert "unhold" in told(github)

    @pytest.mark.parametrize(
        "text",
        [
            "> /mergebot hold\n\nNo, please not.",
            "```\n/mergebot hold\n```",
            "<!-- /mergebot hold -->",
            "see /mergebot hold",
        ],
    )
    def test_quotes_code_and_mentions_are_none(self, github: GithubWorld, text: str) -> None:
        agent(github)
        github.answer()
        comment = say(github, text)
        github.run()
        assert (github.repo.reactions(comment), github.landed()) == ([], ["a"])

    def test_what_somebody_else_wrote_into_a_comment_is_none(self, github: GithubWorld) -> None:
        """Whoever may edit comments could speak in another's name."""
        agent(github)
        github.answer()
        comment = say(github, "Nice.")
        github.repo.edit_comment(comment, "/mergebot cancel", by=AUTHOR)
        github.run()
        assert (github.repo.reactions(comment), github.landed()) == ([], ["a"])

    def test_hostile_words_break_nothing(self, github: GithubWorld) -> None:
        """They are repeated in short, and harmless."""
        agent(github)
        say(github, "/mergebot @everyone </details> --> `x` | [a](http://evil.example) #1 " + "y" * 500)
        github.run()
        assert "http://evil.example" not in told(github)
        assert "y" * 60 not in told(github)


class TestTrouble:
    def test_where_no_reaction_is_taken_it_is_done_once_all_the_same(self, github: GithubWorld) -> None:
        """GitHub takes none where a conversation is locked: then mergebot remembers that it has answered."""
        agent(github)
        github.run()
        say(github, "/mergebot hold")
        github.repo.lock_conversation(github.pulls["a"])
        github.run()
        assert labels(github) == {"merge", "hold"}
        github.repo.unlabel(github.pulls["a"], "hold")
        github.answer()
        assert github.settle() == ["a"]

    def test_a_hold_that_cannot_be_carried_out_holds_and_keeps_no_others_waiting(self, github: GithubWorld) -> None:
        """It is told as a failed step."""
        agent(github)
        agent(github, "b")
        github.answer()
        say(github, "/mergebot hold")
        fault = Fault(to("POST", "/labels"), FaultKind.STATUS, status=403, times=99)
        github.hub.faults.append(fault)
        plan, result = github.run(quiet_after=False)
        failed = [item for item in result.results if isinstance(item.outcome, Failed) and isinstance(item.step, Answer)]
        assert (len(failed), fault.hits) == (1, 1)
        assert github.landed() == ["b"]
        [held] = [entry for entry in plan.entries if entry.pr == github.pulls["a"]]
        assert held.because == f"{REVIEWER} asks in a comment to hold it"
        github.hub.faults.clear()
        github.run()
        assert labels(github) == {"merge", "hold"}

    def test_a_hold_that_comes_right_before_the_merge_stops_it(self, github: GithubWorld) -> None:
        """Each PR is read again, whole, right before its merge (I1); the next look carries the hold out."""
        agent(github)
        github.answer()
        looks = Fault(
            lambda exchange: operation("MergebotLookup")(exchange) and "v0" in exchange.variables,
            FaultKind.BEFORE,
            run=lambda: say(github, "/mergebot hold"),
        )
        github.hub.faults.append(looks)
        _, result = github.run()
        assert looks.hits == 1
        outcomes = [(type(item.step), type(item.outcome)) for item in result.results]
        assert outcomes == [(Merge, Stale), (Answer, Done)]
        assert (labels(github), github.landed()) == ({"merge", "hold"}, [])

    def test_a_rebase_that_the_agents_own_pushes_overtake_is_done_by_the_next_pass(self, github: GithubWorld) -> None:
        """It is no refusal, and keeps nobody waiting."""
        agent(github)
        agent(github, "b")
        github.commit_to_base("newer", {"newer.txt": "x\n"})
        github.answer()
        comment = say(github, "/mergebot rebase")
        places = iter(range(1, 99))

        def overtake() -> None:
            """After the lock, mergebot pushes nothing but rebases here."""
            if next(places) in (2, 4, 6):
                github.push("a", {f"more-{len(github.authored['a'])}.txt": "x\n"})

        pushes = Fault(to("POST", "/git-receive-pack"), FaultKind.BEFORE, run=overtake, times=99)
        github.hub.faults.append(pushes)
        github.run(quiet_after=False)
        assert (github.repo.reactions(comment), github.landed()) == ([], ["b"])
        github.hub.faults.clear()
        github.run()
        assert github.repo.reactions(comment) == ["+1"]

    def test_two_passes_at_once_answer_a_comment_once(self, github: GithubWorld) -> None:
        """Whatever the one has done, the other finds done."""
        agent(github)
        comment = say(github, "/mergebot hold")
        second = Fault(
            to("POST", "/reactions"),
            FaultKind.BEFORE,
            run=lambda: github.repo.react(comment, "+1", by="mergebot[bot]"),
        )
        github.hub.faults.append(second)
        github.run()
        assert (github.repo.reactions(comment), labels(github)) == (["+1"], {"merge", "hold"})

"""Heads, forks, former heads, checks that are started by hand: what GitHub, git and memory say together."""

import json

from mergebot.forge.github.memory import Memory, OwnComment, Refusal, dumped
from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.session import OwnStatus
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.policy import Checks, Policy
from mergebot.model.questions import Squash
from mergebot.model.snapshot import BranchState, CheckList, CheckState, Unknown
from tests.forge.github.lab import Lab, by_number
from tests.server.faults import Fault, FaultKind, to
from tests.server.state import Protection


def remember(lab: Lab, memory: Memory) -> Sha:
    """What an earlier pass has left in `refs/mergebot/state`."""
    box = lab.repo.box
    blob = box.git("hash-object", "-w", "--stdin", stdin=dumped(memory))
    tree = box.git("mktree", stdin=f"100644 blob {blob}\tmerge-queue.json\n".encode())
    commit = box.git("commit-tree", tree, "-m", "remember")
    box.git("update-ref", "refs/mergebot/state", commit)
    return Sha(commit)


class TestAFork:
    def test_is_read_with_the_head_that_github_says(self, lab: Lab) -> None:
        """A branch of that name in the repository itself is another one."""
        fork = lab.repo.fork("eve/r")
        head = fork.push("feature/a", {"evil.txt": "e\n"}, by="eve")
        lab.repo.push("feature/a", {"ours.txt": "o\n"})
        number = lab.repo.open_pull("feature/a", author="eve", fork="eve/r").number
        session = lab.session()
        state = GithubReader(session).read(Policy())
        pr = by_number(state)[number]
        assert (pr.head.sha, pr.head.fork) == (head, True)
        assert pr.head.locked
        assert session.mirror.repository.resolve(head) == head
        assert Branch("feature/a") not in state.branches

    def test_is_read_when_it_is_gone(self, lab: Lab) -> None:
        fork = lab.repo.fork("eve/r")
        head = fork.push("feature/a", {"evil.txt": "e\n"}, by="eve")
        number = lab.repo.open_pull("feature/a", author="eve", fork="eve/r").number
        lab.repo.data.issues[number].head_repository = None  # type: ignore[attr-defined]
        assert by_number(lab.read())[number].head.sha == head


class TestTheMirror:
    def test_has_all_commits_that_a_decision_needs(self, lab: Lab) -> None:
        """Also those that reviews were given on: they may no longer be the head's ancestors."""
        number = lab.pull("a")
        reviewed = lab.repo.sha("feature/a")
        lab.repo.review(number, by="bob")
        lab.repo.push("feature/a", {"a.txt": "other\n"}, start="main")
        lab.repo.box.git("update-ref", f"refs/mergebot/rebased/{number}/{reviewed}", reviewed)
        session = lab.session()
        state = GithubReader(session).read(Policy())
        for sha in (state.base.sha, by_number(state)[number].head.sha, reviewed):
            assert session.mirror.repository.resolve(sha) == sha

    def test_gets_the_contents_that_a_question_needs(self, lab: Lab) -> None:
        number = lab.pull("a")
        session = lab.session()
        reader = GithubReader(session)
        state = reader.read(Policy())
        reader.prepare([Squash(base=state.base.sha, head=by_number(state)[number].head.sha)])

    def test_that_cannot_have_a_head_makes_that_one_wait(self, lab: Lab) -> None:
        number, other = lab.pull("a"), lab.pull("b")
        gone = Sha("d" * 40)

        def edit(answer: dict[str, object]) -> object:
            node = answer["data"]["repository"]["open"]["nodes"][0]  # type: ignore[index]
            node["headRefOid"] = node["commits"]["nodes"][0]["commit"]["oid"] = gone
            node["isCrossRepository"] = True
            return answer

        lab.break_answer(lambda exchange: exchange.operation == "MergebotQueue", edit)
        found = by_number(lab.read())
        checks = found[number].checks
        assert isinstance(checks, Unknown)
        assert "could not be fetched" in checks.reason
        assert isinstance(found[other].checks, CheckList)


class TestFormerHeads:
    def test_are_those_that_were_kept_when_it_was_rebased(self, lab: Lab) -> None:
        number = lab.pull("a")
        old = lab.repo.sha("main")
        lab.repo.box.git("update-ref", f"refs/mergebot/rebased/{number}/{old}", old)
        assert by_number(lab.read())[number].former_tips == (old,)

    def test_and_that_of_the_last_pass_where_the_author_has_added_to_it(self, lab: Lab) -> None:
        """Another PR may stand on it still."""
        number = lab.pull("a")
        old = lab.repo.sha("feature/a")
        state = remember(lab, Memory(heads={number: old}))
        lab.repo.push("feature/a", {"more.txt": "m\n"})
        session = lab.session()
        assert by_number(GithubReader(session).read(Policy()))[number].former_tips == (old,)
        assert (session.seen.state, session.seen.memory.heads) == (state, {number: old})

    def test_but_not_one_that_was_rewritten(self, lab: Lab) -> None:
        number = lab.pull("a")
        remember(lab, Memory(heads={number: lab.repo.sha("feature/a")}))
        lab.repo.push("feature/rewritten", {"more.txt": "m\n"}, start="main")
        lab.repo.push("feature/a", lab.repo.sha("feature/rewritten"))
        assert by_number(lab.read())[number].former_tips == ()

    def test_nor_one_that_nobody_has(self, lab: Lab) -> None:
        number = lab.pull("a")
        remember(lab, Memory(heads={number: Sha("e" * 40)}))
        assert by_number(lab.read())[number].former_tips == ()


class TestMemory:
    def test_of_a_refusal_holds_for_the_same_head(self, lab: Lab) -> None:
        number = lab.pull("a")
        refusal = Refusal(head=lab.repo.sha("feature/a"), words="a rule says no", signs="merge=UNKNOWN review=NONE")
        remember(lab, Memory(refusals={number: refusal}, comments={number: OwnComment(id=1, digest="d")}))
        assert by_number(lab.read())[number].refused == "a rule says no"
        lab.repo.push("feature/a", {"more.txt": "m\n"})
        assert by_number(lab.read())[number].refused == ""

    def test_that_cannot_be_used_is_none(self, lab: Lab) -> None:
        number = lab.pull("a")
        box = lab.repo.box
        blob = box.git("hash-object", "-w", "--stdin", stdin=json.dumps({"schema": 99}).encode())
        tree = box.git("mktree", stdin=f"100644 blob {blob}\tmerge-queue.json\n".encode())
        box.git("update-ref", "refs/mergebot/state", box.git("commit-tree", tree, "-m", "x"))
        assert by_number(lab.read())[number].refused == ""


class TestItsOwnStatus:
    def test_is_told_to_the_writer(self, lab: Lab) -> None:
        number = lab.pull("a")
        head = lab.repo.sha("feature/a")
        session = lab.session()
        lab.repo.status(head, "mergebot", "pending", "waits for #2", by="mergebot[bot]")
        GithubReader(session).read(Policy())
        assert session.seen.statuses == {number: OwnStatus(head=head, state="pending", description="waits for #2")}


class TestWorkflowsThatAreStartedByHand:
    POLICY = Policy(checks=Checks(dispatch=("ci.yml",)))

    def started(self, lab: Lab) -> PrNumber:
        """Somebody has started CI on the head; GraphQL's rollup does not have its runs."""
        number = lab.pull("a")
        with lab.hub.lock:
            from tests.server import ci  # noqa: PLC0415 (what a person does)

            ci.dispatch(lab.hub, lab.repo.data, lab.repo.data.workflows[0], "feature/a", by="ada")
        lab.repo.ci = lambda _files: {"ci": False}
        return number

    def test_count_though_only_the_rest_api_lists_them(self, lab: Lab) -> None:
        number = self.started(lab)
        lab.repo.finish_ci()
        checks = by_number(lab.read(self.POLICY))[number].checks
        assert isinstance(checks, CheckList)
        assert checks.dispatched
        assert {check.workflow for check in checks.checks} == {"CI", "CI (workflow_dispatch)"}
        assert {check.state for check in checks.checks} == {CheckState.SUCCESS}

    def test_are_unknown_where_that_may_not_be_read(self, lab: Lab) -> None:
        number = self.started(lab)
        lab.hub.faults.append(Fault(when=to("GET", "/check-runs"), kind=FaultKind.STATUS, status=403, words="No"))
        checks = by_number(lab.read(self.POLICY))[number].checks
        assert isinstance(checks, Unknown)
        assert "started by hand" in checks.reason


class TestBranches:
    def test_are_those_of_open_pull_requests_with_their_protection(self, lab: Lab) -> None:
        lab.pull("a")
        lab.pull("b")
        lab.repo.protect(Protection(1, "feature/b"))
        state = lab.read()
        assert state.branches == {
            Branch("feature/a"): BranchState(sha=lab.repo.sha("feature/a")),
            Branch("feature/b"): BranchState(sha=lab.repo.sha("feature/b"), protected=True),
        }
        assert by_number(state)[2].head.locked == "the branch rules of feature/b forbid force pushes"

    def test_with_odd_names_are_read_as_they_are(self, lab: Lab) -> None:
        odd = 'feature/$(id)-"{x}"-\u00fc;'
        lab.repo.push(odd, {"a.txt": "a\n"})
        number = lab.repo.open_pull(odd).number
        assert by_number(lab.read())[number].head.branch == odd

"""The story: stage by stage, real passes on a real repository, told as they happen."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

from mergebot.cycle import plan_once, run_once
from mergebot.demo.fleet import BY_NAME, FINISHED, IMPROVED, SOLVED, Agent
from mergebot.demo.proof import Proof, prove
from mergebot.demo.sample import Sample
from mergebot.errors import MergebotError
from mergebot.forge.registry import open_local
from mergebot.model.plan import Plan
from mergebot.model.snapshot import Snapshot
from mergebot.report.dashboard import standing
from mergebot.report.look import Look
from mergebot.report.text import Page
from mergebot.report.todos import todos, waiting

SOLVED_COMMAND = "git commit --all --no-edit"
"""What git itself asks for when a merge has stopped and the files are edited."""

STAGES = 4
"""How many stages there are before the proof."""


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Where the story is told: `say` shows a text, `rest` gives readers so many seconds, if there are any."""

    say: Callable[[str], None]
    rest: Callable[[float], None]
    look: Look

    def chapter(self, title: str, *sentences: str) -> None:
        """A new chapter: its title, and what happens in it."""
        page = Page(self.look)
        page.blank()
        page.heading(title)
        page.say(self.look.pick("─", "-") * min(cell_len(title), self.look.width), "dim", indent=0)
        for sentence in sentences:
            page.say(sentence, indent=0)
        page.blank()
        self.say(page.text() + "\n")
        self.rest(2)

    def look_around(self, root: Path) -> None:
        """Where the repository is, and how to go on by hand."""
        page = Page(self.look)
        page.blank()
        page.say("The repository is yours to look around in:", indent=0)
        for command in ("plan", "run", "log", "status"):
            page.command(f"mergebot {command} --local {shlex.quote(str(root))}", indent=2)
        self.say(page.text())

    def show(self, text: str) -> None:
        """Something to look at for a while."""
        self.say(text)
        self.rest(3)


class Story:
    """The sample repository's way from eight branches to one."""

    def __init__(self, sample: Sample, teller: Teller) -> None:
        self.sample = sample
        self.teller = teller
        self.forge = open_local(sample.root, clock=sample.shell.clock)

    def tell(self, stages: int) -> Proof | None:
        """Tell so many stages; all of them end with the proof."""
        for stage in (self.begin, self.first_pass, self.solve_conflict, self.improve_score)[:stages]:
            stage()
        return self.end() if stages >= STAGES else None

    def begin(self) -> None:
        """Stage 1: everyone has begun, nothing has landed."""
        self.teller.chapter(
            "1. Eight agents, eight branches, one main",
            "Each agent works in its own git work tree. Six say that they are ready, two are still at work.",
            "github-agent built on backend-agent's branch; security-agent and devops-agent changed the same line.",
        )
        snapshot, plan = self._look()
        self.teller.show(standing(snapshot, plan, self.teller.look))
        self.teller.chapter("What mergebot would do: mergebot plan --local")
        page = Page(self.teller.look)
        page.next_steps(plan)
        page.rest(plan)
        self.teller.show(page.text())

    def first_pass(self) -> None:
        """Stage 2: what is ready lands, and what depends on it is rebased."""
        self.teller.chapter(
            "2. The first pass: mergebot run --local",
            "What is ready lands, dependencies first, each as one commit. Whoever built on it is rebased.",
        )
        self._pass()

    def solve_conflict(self) -> None:
        """Stage 3: the conflict is solved with the commands that mergebot printed."""
        self.teller.chapter(
            "3. A conflict, solved as mergebot said",
            "devops-agent pastes the commands into its work tree, and edits the file where git stops.",
        )
        self._follow(BY_NAME["devops-agent"])
        self.sample.report(BY_NAME["frontend-agent"], FINISHED)
        self.teller.chapter("Meanwhile frontend-agent has finished. The second pass: mergebot run --local")
        self._pass()

    def improve_score(self) -> None:
        """Stage 4: the review's objection is met, the last two land."""
        rag, docs = BY_NAME["rag-agent"], BY_NAME["docs-agent"]
        self.sample.work(rag, IMPROVED)
        self.sample.report(rag, FINISHED)
        self.sample.report(docs, FINISHED)
        self.teller.chapter(
            "4. From 8 to 10",
            f"rag-agent answers its review with one more commit, `{IMPROVED.subject}`: 10/10 now.",
            "docs-agent has finished, too: it needed security-agent, backend-agent and rag-agent.",
        )
        self._pass()

    def end(self) -> Proof:
        """The proof, by git alone."""
        run_once(self.forge, config=None, now=self.sample.shell.clock)
        proof = prove(self.sample.shell)
        self.teller.chapter(
            "The end: what git says of main",
            "The agents have removed their work trees, and a last pass has deleted the merged branches.",
        )
        page = Page(self.teller.look)
        for line in proof.log:
            page.say(line)
        page.heading("Each change, exactly once")
        for item in proof.found:
            verdict, style = ("once", "green") if item.holds else ("WRONG", "red")
            page.say(f"{item.agent.name:<16} {verdict}, in {', '.join(item.commits) or 'no commit'}", style)
        page.blank()
        page.say(_verdict(proof), "bold", indent=0)
        self.teller.show(page.text())
        return proof

    def _look(self) -> tuple[Snapshot, Plan]:
        snapshot, _, plan = plan_once(self.forge, config=None, now=self.sample.shell.clock())
        return snapshot, plan

    def _pass(self) -> None:
        """One real pass, and what the fleet looks like after it."""
        _, result = run_once(self.forge, config=None, now=self.sample.shell.clock)
        snapshot, plan = self._look()
        page = Page(self.teller.look)
        page.done(result)
        page.todos("Someone must act", todos(plan))
        page.todos("Waiting or held", waiting(plan))
        self.teller.show(page.text())
        self.teller.show("\n" + standing(snapshot, plan, self.teller.look))
        self._clean_up(snapshot)

    def _clean_up(self, snapshot: Snapshot) -> None:
        """Agents whose work has landed remove their work trees, so that the next pass can delete their branches."""
        for pr in snapshot.closed:
            if pr.merged and (agent := BY_NAME.get(pr.agent or "")):
                self.sample.leave(agent)

    def _follow(self, agent: Agent) -> None:
        """Paste the commands that mergebot printed for an agent, one by one, and edit where git stops."""
        _, plan = self._look()
        todo = next((todo for todo in todos(plan) if todo.entry.agent == agent.name), None)
        commands = todo.commands if todo else ()
        if not commands:
            raise MergebotError(f"the demo expected commands for {agent.name}, and mergebot printed none")
        page = Page(self.teller.look)
        for command in commands:
            page.command(f"$ {command}", indent=2)
            done, words = self.sample.shell.paste(command, folder=agent.worktree, author=agent.author)
            if not done:
                page.say(words, "dim", indent=4)
                self._solve(agent, command, words, page)
        self.teller.show(page.text())

    def _solve(self, agent: Agent, command: str, words: str, page: Page) -> None:
        """Edit what git stopped at, and go on as git says; a command that failed for another reason ends the demo."""
        shell = self.sample.shell
        stopped = shell.git("diff", "--name-only", "--diff-filter=U", folder=agent.worktree).splitlines()
        if not stopped or not set(stopped) <= SOLVED.keys():
            raise MergebotError(f"the demo's `{command}` failed: {words}")
        self.sample.solve(agent, SOLVED)
        page.say(f"(edits {', '.join(stopped)}: the new limit stays, and the environment may change it)", "cyan")
        page.command(f"$ {SOLVED_COMMAND}", indent=2)
        done, words = shell.paste(SOLVED_COMMAND, folder=agent.worktree, author=agent.author)
        if not done:
            raise MergebotError(f"the demo's `{SOLVED_COMMAND}` failed: {words}")


def _verdict(proof: Proof) -> str:
    if proof.holds:
        return f"Eight changes, {len(proof.log) - 1} commits, no merge commit, nothing twice, nothing lost."
    return "Something is wrong: main does not hold each change exactly once. Please report this."

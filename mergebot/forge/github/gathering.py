"""What one pass has read of GitHub: everything once, and after each step only what it touched."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mergebot.errors import AccessError
from mergebot.forge.github import queries
from mergebot.forge.github.asking import Answer, Ask, Asker, unclear
from mergebot.forge.github.branch_rules import Rules, read_branch_rules
from mergebot.forge.github.client import GraphError
from mergebot.forge.github.closed import Wanted, found_in, wanted
from mergebot.forge.github.completing import complete
from mergebot.forge.github.errors import DeniedError, MissingError, NoAnswerError
from mergebot.forge.github.listing import read_queue
from mergebot.forge.github.nodes import PullNode, ask_pull, pull_of
from mergebot.forge.github.own import Own
from mergebot.forge.github.parse_checks import is_dispatched
from mergebot.forge.github.people import People, learn_people, viewer_of
from mergebot.forge.github.session import Session
from mergebot.forge.github.stacks import Stacks, read_stacks
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.policy import DependencyFile, Policy, Waves

Node = Mapping[str, Any]

_TOLERATED: Final = frozenset({"issues", "merged", "ref"})
"""Parts of the first answer that may be missing: it is said of each what follows from that."""


@dataclass(kw_only=True, slots=True)
class Reading:
    """Everything that GitHub said; `at`: when, in UTC seconds since 1970. `ended`: PRs that are no longer open.

    `errors`: what the first answer could not give. `runs`: check runs that only the REST API lists, by commit; for a
    commit in `unread_runs`, why they could not be read. `looked_up`: what needs no second look-up.
    """

    policy: Policy
    base: Branch
    at: float
    repository: Node
    errors: tuple[GraphError, ...]
    people: People
    pulls: dict[PrNumber, PullNode]
    ended: dict[PrNumber, Node]
    rules: Rules
    stacks: Stacks
    issues: Node | None
    runs: dict[Sha, list[Node]] = field(default_factory=dict)
    unread_runs: dict[Sha, str] = field(default_factory=dict)
    looked_up: Wanted = field(default_factory=Wanted)

    @property
    def classic(self) -> Node | None:
        """What classic protection demands on base, as far as one sees it who is no administrator."""
        return (self.repository["ref"] or {}).get("refUpdateRule")

    def errors_in(self, part: str) -> tuple[GraphError, ...]:
        """What went wrong with one field of the repository."""
        return tuple(error for error in self.errors if error.path[1:2] == (part,))


class Gatherer:
    """Asks GitHub; see `Reading` for what it finds."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asker = Asker(client=session.client, repository=session.repository)
        self._own = Own.of(session.environ)

    def read(self, policy: Policy, base: Branch, file: DependencyFile) -> Reading:
        """Everything anew.

        Raises:
            AccessError: the repository cannot be seen.
            MergebotError: a part without which nothing can be judged could not be read.
        """
        label = policy.queue.freeze_label
        queue = read_queue(self._asker, base=base, freeze_label=label, doing=self._session.doing)
        found = queue.repository
        _check_name(str(found["nameWithOwner"]), self._session.repository)
        for error in queue.errors:
            if error.path[0] != "repository" or error.path[1] not in _TOLERATED:
                raise unclear(error)
        owner = found["owner"]
        reading = Reading(
            policy=policy,
            base=base,
            at=self._session.clock(),
            repository=found,
            errors=queue.errors,
            people=People(
                viewer=viewer_of(queue.viewer),
                owner=owner["login"] if owner["__typename"] == "User" else "",
                is_private=found["isPrivate"],
            ),
            pulls=queue.pulls,
            ended=_numbered((found["merged"] or {}).get("nodes") or ()),
            rules=read_branch_rules(self._session, base),
            stacks=read_stacks(self._session),
            issues=found["issues"],
        )
        self._add(reading, list(queue.pulls.values()), [], file)
        return reading

    def refresh(self, reading: Reading, numbers: Collection[PrNumber], file: DependencyFile) -> None:
        """Read these PRs again, and what pauses the queue; nothing where there are none: see `look`.

        Raises:
            MergebotError: one of them could not be read.
        """
        if not numbers:
            return
        freezes, *answers = self._asker.ask([_ask_freezes(reading), *map(ask_pull, sorted(numbers))])
        _put_freezes(reading, freezes)
        if not reading.stacks.members().isdisjoint(numbers):
            reading.stacks = read_stacks(self._session)
        self._put(reading, dict(zip(sorted(numbers), map(pull_of, answers), strict=True)), file)

    def look(self, number: PrNumber, reading: Reading | None) -> PullNode | None:
        """One PR as it is now, whole; None if there is none. With it comes what pauses the queue now."""
        answer, *freezes = self._asker.ask([ask_pull(number), *([_ask_freezes(reading)] if reading else [])])
        for found in freezes:
            _put_freezes(reading, found)
        pull = pull_of(answer)
        if pull is not None:
            complete(self._asker, [pull], self._session.clock())
        return pull

    def put(self, reading: Reading, pull: PullNode, file: DependencyFile) -> None:
        """Replace what is known of one PR."""
        self._put(reading, {pull.number: pull}, file)

    def _put(self, reading: Reading, found: Mapping[PrNumber, PullNode | None], file: DependencyFile) -> None:
        opened: list[PullNode] = []
        ended: list[Node] = []
        for number, pull in found.items():
            reading.pulls.pop(number, None)
            reading.ended.pop(number, None)
            if pull is not None and pull.is_open:
                reading.pulls[number] = pull
                opened.append(pull)
            elif pull is not None:
                reading.ended[number] = pull.node
                ended.append(pull.node)
        self._add(reading, opened, ended, file)

    def _add(self, reading: Reading, opened: list[PullNode], ended: list[Node], file: DependencyFile) -> None:
        """Read to the end what is new, who these people are, and what else these PRs may depend on."""
        complete(self._asker, opened, self._session.clock())
        every = wanted(
            [pull.node for pull in reading.pulls.values()],
            list(reading.ended.values()),
            file=file,
            base=reading.base,
            every_agent=reading.policy.queue.waves is Waves.BARRIER,
        )
        new = every - reading.looked_up
        people = reading.people.questions([*(pull.node for pull in opened), *_claiming([*reading.ended.values()])])
        lookups = new.asks()
        answers = self._asker.ask([*people, *lookups])
        reading.people.learn(people, answers[: len(people)])
        for node in found_in(answers[len(people) :]):
            reading.ended.setdefault(PrNumber(node["number"]), node)
        reading.looked_up |= new
        learn_people(self._asker, reading.people, _claiming(ended + list(reading.ended.values())))
        for pull in opened:
            self._read_runs(reading, pull)

    def _read_runs(self, reading: Reading, pull: PullNode) -> None:
        """The runs that somebody has started by hand on a head: GraphQL leaves them out of what it shows of a PR."""
        commit = pull.commit
        suites = (commit.get("checkSuites") or {}).get("nodes") or ()
        if not is_dispatched((suite for suite in suites if suite), self._own):
            return
        sha = Sha(commit["oid"])
        reading.unread_runs.pop(sha, None)
        try:
            reading.runs[sha] = self._session.client.pages(
                f"{self._session.api}/commits/{sha}/check-runs", filter="latest"
            )
        except (DeniedError, MissingError, NoAnswerError) as error:
            reading.unread_runs[sha] = f"the runs of workflows started by hand: {error.message}"


def _ask_freezes(reading: Reading) -> Ask:
    return Ask(text=queries.FREEZES, args=(("String!", reading.policy.queue.freeze_label),))


def _put_freezes(reading: Reading | None, answer: Answer) -> None:
    if reading is None:
        return
    reading.issues = answer.value
    reading.errors = (
        *(error for error in reading.errors if error.path[1:2] != ("issues",)),
        *(GraphError(kind=e.kind, message=e.message, path=("repository", "issues", *e.path)) for e in answer.errors),
    )


def _numbered(nodes: Iterable[Node | None]) -> dict[PrNumber, Node]:
    return {PrNumber(node["number"]): node for node in nodes if node is not None}


def _claiming(nodes: Collection[Node]) -> list[Node]:
    """The ended PRs whose text may say whose they are: then it counts what their authors may do (contract 2.2)."""
    return [node for node in nodes if "agent" in node["body"].lower()]


def _check_name(found: str, repository: str) -> None:
    if found.lower() != repository.lower():
        raise AccessError(f"the repository {repository} is now called {found}", hint=f"use --repo {found}")

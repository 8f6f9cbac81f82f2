"""What may be merged, by the contract alone: no line of mergebot is asked.

A PR's own patch is known by construction: every line that its author writes bears a mark of that branch, so two heads
have the same patch where they have the same marked lines. What a person merges into a branch is its own from then on.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.model_world.branches import CONFIG, RULES
from tests.model_world.ground import AGENTS, BASE, BOT, RITA, WALT, Ground
from tests.model_world.world import World
from tests.server.faults import Exchange
from tests.server.state import PullRequest, Repository, Review, State

Lines = frozenset[tuple[str, str]]

GOOD = ("success", "neutral", "skipped")
SCORE = re.compile(r"^Review Score: (\d+)/10$", re.MULTILINE)
COMMAND = re.compile(r"/mergebot (\w+)")
PULL = re.compile(r"pullRequest\(number: \$(v\d+)\) \{ \.\.\.Pull")


@dataclass
class Reading:
    """What was true when mergebot asked: for each PR its head, and why it may not merge, by criterion."""

    by: int
    named: frozenset[int]
    heads: dict[int, str]
    unmet: dict[int, dict[str, str]]


@dataclass
class Judged:
    """A merge that mergebot asked for: the head it would hit, and what there was to say against it."""

    number: int
    head: str
    against: list[str]
    base: str


@dataclass
class Oracle:
    """Looks at every request, and judges each merge by what could be seen at its last look at that PR."""

    ground: Ground
    world: World
    acting: list[int]
    readings: list[Reading] = field(default_factory=list)
    judged: dict[int, Judged] = field(default_factory=dict)

    def watch(self, exchange: Exchange) -> None:
        """See a request, right before its effect."""
        if not self.acting:
            return
        if exchange.kind == "graphql":
            self._read(exchange)
        elif exchange.method == "PUT" and exchange.path.endswith("/merge"):
            self._judge(int(exchange.path.split("/")[-2]))

    def _read(self, exchange: Exchange) -> None:
        state = self.ground.hub.view()
        pulls = state.repositories[self.ground.repo.full_name].open_pulls
        text = str(exchange.request["query"])
        every = exchange.operation in ("MergebotQueue", "MergebotPage")
        asked = {exchange.variables.get(name) for name in PULL.findall(text)}
        named = frozenset(pull.number for pull in pulls if every or pull.number in asked)
        heads = {pull.number: pull.head_sha for pull in pulls}
        self.readings.append(
            Reading(self.acting[-1], named, heads, {pull.number: self.unmet(state, pull) for pull in pulls})
        )

    def _judge(self, number: int) -> None:
        pull = self.ground.repo.pull(number)
        mine = [reading for reading in self.readings if reading.by == self.acting[-1]]
        guard = next((reading for reading in reversed(mine) if number in reading.named), None)
        against = ["nobody looked at it"]
        if guard is not None:
            unmet = dict(guard.unmet[number])
            # Of other PRs, which a look at this one does not show, the whole pass's readings count.
            if any("dependencies_merged" not in reading.unmet.get(number, {}) for reading in mine):
                unmet.pop("dependencies_merged", None)
            against = [f"{name}: {reason}" for name, reason in unmet.items()]
            if guard.heads[number] != pull.head_sha:
                against.append(f"its head is {pull.head_sha:.8}, and {guard.heads[number]:.8} was looked at")
        self.judged[number] = Judged(number, pull.head_sha, against, self.world.tip)

    # the criteria

    def unmet(self, state: State, pull: PullRequest) -> dict[str, str]:
        """Why it may not be merged now, by criterion."""
        repository = state.repositories[self.ground.repo.full_name]
        files = self.ground.files(repository.refs[f"refs/heads/{BASE}"])
        approvals, score, auto = _rules(files)
        found = {
            "hold": self._held(repository, pull),
            "request": self._unasked(pull, files, auto=auto),
            "tests_passing": _checks(repository, pull.head_sha),
            "approvals": self._approvals(pull, approvals, repository),
            "review_score": self._score(repository, pull, score),
            "dependencies_merged": "; ".join(self._dependencies(repository, pull, files)),
        }
        return {name: reason for name, reason in found.items() if reason}

    def conflict(self, pull: PullRequest) -> str:
        """Whether it conflicts with base, or brings nothing."""
        store = self.ground.store
        tree = store.merged_tree(self.world.tip, pull.head_sha)
        if tree is None:
            return "it conflicts"
        return "it brings nothing" if tree == store.commit(self.world.tip).tree else ""

    def own(self, pull: PullRequest, head: str) -> Lines:
        """Its author's own lines in a head, but for those that the merge base has: what became of them is base's."""
        start = self.ground.store.merge_base(self.world.tip, head)
        return self.written(pull, head).difference(self.lines(start) if start else ())

    def written(self, pull: PullRequest, head: str) -> Lines:
        """All lines of its author's in a head."""
        marks = self.world.marks[pull.number]
        return frozenset(one for one in self.lines(head) if any(mark in one[1] for mark in marks))

    def lines(self, commit: str) -> list[tuple[str, str]]:
        """Every line of every file, with its path."""
        found = self.ground.files(commit).items()
        return [(path, line) for path, content in found for line in content.decode().splitlines()]

    def _held(self, repository: Repository, pull: PullRequest) -> str:
        frozen = [i for i in repository.issues.values() if i.state == "open" and "mergebot-freeze" in i.labels]
        commands = [
            COMMAND.findall(comment.body)[-1]
            for comment in pull.comments
            if comment.author in (RITA, WALT) and not any(one.login == BOT for one in comment.reactions)
        ]
        said = commands and commands[-1] in ("hold", "cancel")
        reasons = {"a draft": pull.draft, "a label": "hold" in pull.labels, "frozen": frozen, "a comment": said}
        return ", ".join(reason for reason, is_so in reasons.items() if is_so)

    def _unasked(self, pull: PullRequest, files: dict[str, bytes], *, auto: bool) -> str:
        asked = "merge" in pull.labels or any("/mergebot merge" in comment.body for comment in pull.comments)
        if asked or (auto and self.agent(pull, files) is not None):
            return ""
        return "nobody asked for it"

    def agent(self, pull: PullRequest, files: dict[str, bytes]) -> str | None:
        """The agent whose PR it is."""
        known = json.loads(files["dependencies.json"])
        names = {name for agent, needs in known["dependencies"].items() for name in (agent, *needs)}
        names |= {name for wave in known.get("merge_order", []) for name in wave}
        name = pull.head_ref.removeprefix("feature/")
        return name if name in names and name in AGENTS and pull.head_repository == self.ground.repo.full_name else None

    def _approvals(self, pull: PullRequest, wanted: int, repository: Repository) -> str:
        latest: dict[str, Review] = {}
        for review in pull.reviews:
            if review.author in (RITA, WALT) and review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
                latest[review.author] = review
        against = [who for who, review in latest.items() if review.state == "CHANGES_REQUESTED"]
        if against and wanted:  # `approvals: 0` turns the criterion off, but for protected paths
            return f"{against} asked for changes"
        given = [who for who, one in latest.items() if one.state == "APPROVED" and self._is_current(pull, one)]
        start = self.ground.store.merge_base(repository.refs[f"refs/heads/{BASE}"], pull.head_sha)
        changed = self.ground.store.changed(start, pull.head_sha) if start else []
        if RITA not in given and any(path.startswith(".github/") or path == "dependencies.json" for path in changed):
            return "it touches a protected path, and no maintainer approves"
        return "" if len(given) >= wanted else f"{given} approve, {wanted} are needed"

    def _is_current(self, pull: PullRequest, review: Review) -> bool:
        if review.commit is None:
            return False
        base = set(self.lines(self.world.tip))  # what is there already is no part of a patch
        return self.own(pull, review.commit) - base == self.own(pull, pull.head_sha) - base

    def _score(self, repository: Repository, pull: PullRequest, wanted: int | None) -> str:
        if wanted is None:
            return ""
        status = [s for s in repository.statuses_of(pull.head_sha) if s.context == "review/score"]
        if status:
            given = int((status[0].description or "0").partition("/")[0])
            return "" if given >= wanted else f"the status says {given}"
        # Whether a dismissed review's score counts is not said: it may not hold a merge up, nor be needed for one. Nor
        # whether one counts that was given while others' commits stood below: they may have changed when they landed.
        readings = [
            self._scores(pull, [one for one in pull.reviews if one.state not in dismissed and one.commit not in mixed])
            for dismissed in ((), ("DISMISSED",))
            for mixed in ((), self._mixed(pull))
        ]
        if any(scores and min(scores) >= wanted for scores in readings):
            return ""
        return f"scores {readings}, {wanted} is needed"

    def _mixed(self, pull: PullRequest) -> set[str]:
        """The older heads that were reviewed with commits of others in them."""
        reviewed = {review.commit for review in pull.reviews if review.commit} - {pull.head_sha}
        return {head for head in reviewed if self.holds_others(pull, head)}

    def holds_others(self, pull: PullRequest, head: str) -> bool:
        """Whether a head has commits of others that base does not have."""
        store, marks = self.ground.store, self.world.marks[pull.number]
        new = store.past(head) - store.past(self.world.tip)
        return any(not store.commit(sha).title.startswith(marks) for sha in new)

    def _scores(self, pull: PullRequest, reviews: list[Review]) -> list[int]:
        latest: dict[str, int] = {}
        for review in reviews:
            found = SCORE.search(review.body)
            if found and review.author in (RITA, WALT) and self._is_current(pull, review):
                latest[review.author] = int(found[1])
        return [*latest.values()]

    def _dependencies(self, repository: Repository, pull: PullRequest, files: dict[str, bytes]) -> Iterator[str]:
        if pull.base_ref != BASE:
            yield f"it is based on {pull.base_ref}"
        needs = json.loads(files["dependencies.json"])["dependencies"].get(self.agent(pull, files) or "", [])
        for name in needs:
            theirs = [
                p
                for p in repository.pulls
                if p.head_ref == f"feature/{name}" and p.head_repository == repository.full_name
            ]
            if any(p.state == "open" for p in theirs) or not any(p.merged and p.base_ref == BASE for p in theirs):
                yield f"agent {name} has not landed"
        for found in re.findall(
            r"^Depends-On: (.*)$", re.sub(r"```.*?```", "", pull.body or "", flags=re.DOTALL), re.MULTILINE
        ):
            other = repository.pull(int(found[1:])) if found.startswith("#") else None
            if other is None or not other.merged or other.base_ref != BASE:
                yield f"it depends on {found}"
        past, base = (
            self.ground.store.past(pull.head_sha),
            self.ground.store.past(repository.refs[f"refs/heads/{BASE}"]),
        )
        for other in self._entries(repository):
            below = other.head_sha in past and other.head_sha not in base and other.head_sha != pull.head_sha
            if below and other.head_repository == repository.full_name:
                yield f"it is stacked on #{other.number}"

    def _entries(self, repository: Repository) -> list[PullRequest]:
        """The PRs that the queue knows: into base, or stacked on one that is. One into another line is no parent."""
        left, found, bases = list(repository.open_pulls), [], {BASE}
        while new := [pull for pull in left if pull.base_ref in bases]:
            found += new
            left = [pull for pull in left if pull not in new]
            bases |= {pull.head_ref for pull in new if pull.head_repository == repository.full_name}
        return found


def _rules(files: dict[str, bytes]) -> tuple[int, int | None, bool]:
    text = files.get(CONFIG, RULES[0][0].encode()).decode()
    found = max((rule for rule in RULES if text.startswith(rule[0])), key=lambda rule: len(rule[0]))
    return found[1], found[2], "auto_agents: false" not in found[0]


def _checks(repository: Repository, sha: str) -> str:
    newest: dict[object, str | None] = {}
    waiting = False
    for suite in repository.suites_of(sha):
        waiting |= suite.status != "completed" and not suite.runs
        for run in sorted(suite.runs, key=lambda run: run.id):
            key = (suite.app, suite.run.workflow if suite.run else 0, run.name)
            newest[key] = run.conclusion if run.status == "completed" else "running"
    others = [s.state for s in repository.statuses_of(sha) if s.context not in ("mergebot", "review/score")]
    bad = [str(said) for said in newest.values() if said not in GOOD] + [said for said in others if said != "success"]
    if bad or waiting:
        return f"checks: {bad or 'queued'}"
    return "" if newest or others else "there is no check"

"""Pull requests and their branches in a model: opened, pushed to, rewritten, brought up to date, deleted."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.model_world.ground import AGENTS, AUTHOR, BASE, MALLORY, Ground
from tests.sandbox import EPOCH
from tests.scenarios.world import Authored
from tests.server.answers import Refused
from tests.server.faults import Exchange
from tests.server.repo import Repo
from tests.server.state import PullRequest

MOST_OPEN = 5
RULES: tuple[tuple[str, int, int | None], ...] = (
    ("version: 1\n", 1, 10),
    ("version: 1\nauto_merge:\n  conditions:\n    - approvals: 2\n", 2, 10),
    ("version: 1\nauto_merge:\n  conditions:\n    - approvals: 0\n    - review_score: false\n", 0, None),
    ("version: 1\nauto_merge:\n  conditions:\n    - review_score: 8\nqueue:\n  auto_agents: false\n", 1, 8),
    ("version: 1\nqueue:\n  strategy: rebase\n", 1, 10),
)
"""Configs that are known here, with how many approvals they ask for, and which score."""
CONFIG = ".github/mergebot.yml"


@dataclass
class Branch:
    """What its author has on a branch: the mark on every line of its own, its commits, and every tip it has had."""

    mark: str
    repo: Repo
    authored: list[Authored] = field(default_factory=list)
    tips: list[str] = field(default_factory=list)
    lines: int = 0
    deleted: bool = False


@dataclass
class Branches:
    """The verbs. Each takes numbers, and picks by them among what there is; what cannot be done changes nothing."""

    ground: Ground
    branches: dict[str, Branch] = field(default_factory=dict)
    marks: dict[int, tuple[str, ...]] = field(default_factory=dict)
    ticks: int = 0
    named: int = 0
    bumped: int = 0
    aim: int | None = None
    by_people: set[str] = field(default_factory=set)
    """Commits that people have put on base themselves."""

    # what there is

    @property
    def repo(self) -> Repo:
        return self.ground.repo

    @property
    def tip(self) -> str:
        return self.repo.data.refs[f"refs/heads/{BASE}"]

    def open(self) -> list[PullRequest]:
        return self.repo.data.open_pulls

    def pick(self, number: int) -> PullRequest | None:
        """One of the open PRs; where one is aimed at, that one."""
        found = self.open()
        if self.aim is not None and (aimed := [pull for pull in found if pull.number == self.aim]):
            return aimed[0]
        return found[number % len(found)] if found else None

    def branch_of(self, pull: PullRequest) -> Branch:
        return self.branches[f"{pull.head_repository}:{pull.head_ref}"]

    def meant(self, exchange: Exchange) -> int | None:
        """The PR that a request is about, if it names one."""
        found = re.search(r"/(?:pulls|issues)/(\d+)", exchange.path)
        if found:
            return int(found[1])
        asked = [value for value in exchange.variables.values() if isinstance(value, int)]
        return asked[-1] if asked and exchange.operation == "MergebotLookup" else None

    def tip_of(self, pull: PullRequest) -> str | None:
        home = self.ground.hub.state.repository(pull.head_repository or "")
        return home.branch(pull.head_ref) if home else None

    def do(self, verb: str, one: int, other: int) -> bool:
        """Do it, if it can be done; whether it was tried and GitHub allowed it."""
        act: Callable[[int, int], object] = getattr(self, verb)
        before = self.tip
        self.ground.time.wait(1)
        try:
            done = act(one, other)
        except Refused:
            return False
        if self.tip != before:
            self.by_people |= self.ground.store.past(self.tip) - self.ground.store.past(before)
        return done is not False

    # pull requests and their branches

    def open_pull(self, one: int, other: int) -> bool:
        """An agent opens one: on base, or stacked on another's branch."""
        open_ones = self.open()
        taken = {pull.head_ref for pull in open_ones}
        names = [name for name in AGENTS if f"feature/{name}" not in taken]
        if len(open_ones) >= MOST_OPEN or not names:
            return False
        name = names[one % len(names)]
        parents = [p for p in open_ones if p.head_repository == self.repo.full_name and self.tip_of(p)]
        parent = parents[other // 2 % len(parents)] if parents and other % 2 else None
        start = (self.tip_of(parent) if parent else None) or self.tip
        key, branch = f"{self.repo.full_name}:feature/{name}", self._named(self.repo)
        self.branches[key] = branch
        self._add(f"feature/{name}", branch, start, one, by=name)
        self._opened(f"feature/{name}", parent.head_ref if parent and other % 3 else BASE, AUTHOR, other, one)
        return True

    def open_fork(self, one: int, other: int) -> bool:
        """A stranger opens one from a fork."""
        if len(self.open()) >= MOST_OPEN:
            return False
        fork, name = self.ground.fork(MALLORY), f"patch-{one % 2}"
        if any(pull.head_ref == name for pull in self.open()):
            return False
        branch = self.branches[f"{fork.full_name}:{name}"] = self._named(fork)
        self._add(name, branch, self.tip, one, by=MALLORY)
        self._opened(name, BASE, MALLORY, other, one, fork=fork.full_name)
        return True

    def _named(self, repo: Repo) -> Branch:
        self.named += 1
        return Branch(f"m{self.named}", repo)

    def _opened(self, ref: str, base: str, author: str, how: int, more: int, *, fork: str | None = None) -> None:
        labels = ["merge"] if how % 4 else []
        pull = self.repo.open_pull(
            ref, base=base, title=f"Change {ref}", body=self._body(more), author=author, labels=labels, fork=fork,
            draft=how % 11 == 10,
        )  # fmt: skip
        self.marks[pull.number] = (f"{self.branches[f'{pull.head_repository}:{ref}'].mark}:",)

    def _body(self, number: int) -> str:
        numbers = sorted(self.repo.data.issues)
        kind = number % 8
        if kind == 5 and numbers:
            return f"Depends-On: #{numbers[number // 8 % len(numbers)]}"
        return {6: "Depends-On: the other one", 7: "```\nDepends-On: #999\n```\nA text."}.get(kind, "A text.")

    def _add(self, ref: str, branch: Branch, start: str, how: int, *, by: str) -> None:
        """A commit on top of `start`, with new lines in a file of its own or in the one that all share."""
        files = dict(self.ground.files(start))
        branch.lines += 1
        line = f"{branch.mark}:{branch.lines}"
        if how % 4 == 0 and how % 7 != 6:
            lines = files["shared.txt"].decode().splitlines()
            lines[2 * (how // 4 % 4)] = line
            files["shared.txt"] = "".join(f"{one}\n" for one in lines).encode()
        elif how % 7 == 6:
            files[CONFIG] = f"{RULES[how % len(RULES)][0]}# {line}\n".encode()
        else:
            path = f"{branch.mark}.txt"
            files[path] = files.get(path, b"") + f"{line}\n".encode()
        self._push(ref, branch, self._commit([start], files, by, f"{branch.mark}: {branch.lines}"), by=AUTHOR)
        branch.authored.append(
            Authored(f"{by} <{by}@fleet.example>", str(EPOCH + 60 * self.ticks), f"{branch.mark}: {branch.lines}")
        )

    def _commit(self, parents: list[str], files: dict[str, bytes], by: str, subject: str) -> str:
        self.ticks += 1
        return self.ground.commit(parents, files, by, subject, self.ticks)

    def _push(self, ref: str, branch: Branch, sha: str, *, by: str) -> None:
        branch.tips.append(sha)
        self.ground.move(ref, sha, by=by, repo=branch.repo)

    def push_more(self, one: int, other: int) -> bool:
        """Its agent, or a stranger with write access, adds a commit."""
        pull = self.pick(one)
        tip = self.tip_of(pull) if pull else None
        if pull is None or tip is None:
            return False
        self._add(pull.head_ref, self.branch_of(pull), tip, other, by="petra" if other % 5 == 4 else "agent")
        return True

    def rewrite(self, one: int, other: int) -> bool:
        """Its author force-pushes: back to what it had before, other content, or just the same content again."""
        pull = self.pick(one)
        branch = self.branch_of(pull) if pull else None
        tip = self.tip_of(pull) if pull else None
        if pull is None or branch is None or tip is None:
            return False
        store = self.ground.store
        if other % 3 == 0 and len(branch.tips) > 1:
            self._push(pull.head_ref, branch, branch.tips[other // 3 % len(branch.tips)], by=AUTHOR)
        elif other % 3 == 1:
            parent = store.commit(tip).parents[0]
            branch.authored = [a for a in branch.authored if a.subject != store.commit(tip).title]
            self._add(pull.head_ref, branch, parent, other // 3, by="agent")
        else:
            commit = store.commit(tip)
            if len(commit.parents) != 1 or not commit.title.startswith(f"{branch.mark}:"):
                return False
            again = self._commit(list(commit.parents), dict(self.ground.files(tip)), "agent", f"{commit.title} again")
            self._push(pull.head_ref, branch, again, by=AUTHOR)
        self._own(pull, branch)
        return True

    def update_branch(self, one: int, other: int) -> bool:
        """Its author merges base into it, or rebases it."""
        pull = self.pick(one)
        branch = self.branch_of(pull) if pull else None
        tip = self.tip_of(pull) if pull else None
        if pull is None or branch is None or tip is None or self.ground.store.is_ancestor(self.tip, tip):
            return False
        store = self.ground.store
        if other % 2:
            own = store.own_commits(self.tip, tip)
            if any(len(store.commit(sha).parents) != 1 for sha in own):
                return False
            new = store.replay(own, self.tip, int(self.ground.time.now))
        else:
            tree = store.merged_tree(tip, self.tip)
            new = (
                None if tree is None else self._commit([tip, self.tip], dict(store.files(tree)), "agent", "Merge main")
            )
        if new is None:
            return False
        self._push(pull.head_ref, branch, new, by=AUTHOR)
        self._own(pull, branch)
        return True

    def _own(self, pull: PullRequest, branch: Branch) -> None:
        """The commits that are its author's are those that stand on the branch now: he has said so himself.

        What came with a merge is not: it may be what its author had thrown away, and others still had.
        """
        store, commits = self.ground.store, []
        tip = self.tip_of(pull)
        while tip is not None:
            commits.append(store.commit(tip))
            tip = next(iter(commits[-1].parents), None)
        branch.authored = [
            Authored(commit.author, str(commit.authored_at), commit.title)
            for commit in commits
            if commit.title.startswith(f"{branch.mark}:") and len(commit.parents) == 1
        ]

    def delete_branch(self, one: int, other: int) -> bool:
        """Somebody deletes a branch, by a push or on the web site."""
        pulls = self.repo.data.pulls
        pull = pulls[one % len(pulls)] if pulls else None
        if pull is None or self.tip_of(pull) is None or pull.head_repository != self.repo.full_name:
            return False
        if other % 4 and pull.state == "open":
            return False
        if other % 2:
            self.repo.delete_branch(pull.head_ref, by=AUTHOR)
        else:
            self.ground.move(pull.head_ref, None, by=AUTHOR)
        self.branch_of(pull).deleted = True
        return True

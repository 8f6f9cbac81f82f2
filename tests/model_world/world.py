"""What people, agents and strangers do in a model besides pushing: checks, reviews, wishes, changes of base."""

from tests.model_world.branches import CONFIG, RULES, Branches
from tests.model_world.ground import AUTHOR, BASE, BOT, MALLORY, RITA, WALT
from tests.server.state import PullRequest

TEN = "Review Score: 10/10"
EDGES = (
    '{"dependencies": {}}\n',
    '{"dependencies": {"b": ["a"]}}\n',
    '{"dependencies": {"c": ["a", "b"], "d": []}}\n',
    '{"dependencies": {"a": [], "b": ["a"], "e": ["d"], "d": []}}\n',
)


class World(Branches):
    """The rest of the verbs."""

    # checks and reviews

    def ci(self, one: int, other: int) -> bool:
        """CI answers everything, or takes one step; or says otherwise of one head than before."""
        if other % 4 < 2:
            self.repo.finish_ci()
            return True
        if other % 4 == 2:
            self.repo.tick()
            return True
        pull = self.pick(one)
        self.repo.finish_ci()
        suites = self.repo.data.suites_of(pull.head_sha) if pull else []
        if pull is None or not any(run.name == "ci" for suite in suites for run in suite.runs):
            return False
        self.repo.rerun(pull.head_sha, "ci", ("failure", "success", "cancelled")[other // 4 % 3])
        return True

    def other_app(self, one: int, other: int) -> bool:
        """Another app than Actions reports on a head."""
        pull = self.pick(one)
        if pull is None:
            return False
        self.repo.check(pull.head_sha, f"lint-{other % 2}", ("success", "failure", None, "neutral")[other // 2 % 4])
        return True

    def review(self, one: int, other: int) -> bool:
        """Somebody reviews."""
        pull = self.pick(one)
        if pull is None:
            return False
        who = (RITA, WALT, RITA, MALLORY)[other % 4]
        if who == pull.author:
            return False
        state, body = (
            ("APPROVED", TEN), ("APPROVED", TEN), ("CHANGES_REQUESTED", "Please do better."), ("APPROVED", ""),
            ("COMMENTED", "Review Score: 8/10"), ("CHANGES_REQUESTED", "Not yet."), ("APPROVED", "Review Score: 9/10"),
        )[other // 4 % 7]  # fmt: skip
        self.repo.review(pull.number, by=who, state=state, body=body)
        return True

    def dismiss(self, one: int, other: int) -> bool:
        """Somebody dismisses a review."""
        pull = self.pick(one)
        found = [review for review in pull.reviews if review.state in ("APPROVED", "CHANGES_REQUESTED")] if pull else []
        if not found:
            return False
        found[other % len(found)].state = "DISMISSED"
        return True

    def nod(self, one: int, other: int) -> bool:
        """CI is green, and one PR or all of them are liked as they are now: by all, by one, or not all that much."""
        self.repo.finish_ci()
        pull = self.pick(one)
        people, score = (((RITA, WALT), 10), ((WALT,), 10), ((RITA, WALT), 10), ((RITA, WALT), 9 - other % 2))[
            other // 3 % 4
        ]
        for found in self.open() if other % 3 else [pull] if pull else []:
            self.approve(found, *people, score=score)
        return True

    def approve(self, pull: PullRequest, *people: str, score: int = 10) -> None:
        """These reviewers approve, or both."""
        self.ground.time.wait(1)
        for who in people or (RITA, WALT):
            self.repo.review(pull.number, by=who, state="APPROVED", body=f"Review Score: {score}/10")

    def status(self, one: int, other: int) -> bool:
        """A tool sets the status that carries a score."""
        pull = self.pick(one)
        if pull is None:
            return False
        self.repo.status(pull.head_sha, "review/score", "success", by=WALT, description=f"{(10, 7, 10)[other % 3]}/10")
        return True

    # what is asked for

    def label(self, one: int, other: int) -> bool:
        """Somebody sets or takes a label."""
        pull = self.pick(one)
        if pull is None:
            return False
        name = ("merge", "hold", "merge", "hotfix")[other % 4]
        if name in pull.labels:
            self.repo.unlabel(pull.number, name)
        else:
            self.repo.label(pull.number, name)
        return True

    def edit(self, one: int, other: int) -> bool:
        """Somebody edits title, text, base or whether it is a draft."""
        pull = self.pick(one)
        if pull is None:
            return False
        kind = other % 4
        if kind == 0:
            self.bumped += 1
            self.repo.edit(pull.number, title=f"Change number {self.bumped}", by=AUTHOR)
        elif kind == 1:
            self.repo.edit(pull.number, body=self._body(other // 4), by=AUTHOR)
        elif kind == 2:
            self.repo.edit(pull.number, draft=not pull.draft, by=AUTHOR)
        else:
            bases = [BASE, *(p.head_ref for p in self.open() if p is not pull and self.tip_of(p)), BASE]
            self.repo.edit(pull.number, base=bases[other // 4 % len(bases)], by=AUTHOR)
        return True

    def freeze(self, one: int, other: int) -> bool:
        """Somebody pauses the queue, or lets it go on."""
        del one, other
        found = self.frozen()
        if found:
            self.repo.close(found[0], by=RITA)
        else:
            self.repo.issue("A pause", ["mergebot-freeze"], author=RITA)
        return True

    def frozen(self) -> list[int]:
        """The open issues that pause the queue."""
        issues = self.repo.data.issues.values()
        return [issue.number for issue in issues if issue.state == "open" and "mergebot-freeze" in issue.labels]

    def close(self, one: int, other: int) -> bool:
        """Somebody closes one, or opens it again."""
        pull = self.pick(one)
        shut = [p for p in self.repo.data.pulls if p.state == "closed" and not p.merged]
        if other % 3 and shut:
            self.repo.reopen(shut[one % len(shut)].number, by=AUTHOR)
        elif pull is not None and other % 3 == 0:
            self.repo.close(pull.number, by=AUTHOR)
        else:
            return False
        return True

    def say(self, one: int, other: int) -> bool:
        """Somebody gives mergebot a command."""
        pull = self.pick(one)
        if pull is None:
            return False
        word = ("merge", "hold", "unhold", "cancel", "rebase", "retry", "explain")[other % 7]
        self.repo.comment(pull.number, f"/mergebot {word}", by=(RITA, WALT, MALLORY)[other // 7 % 3])
        return True

    # base

    def merge_by_hand(self, one: int, other: int) -> bool:
        """A person merges one by the web site."""
        pull = self.pick(one)
        if pull is None or other % 2 or self.repo.data.branch(pull.base_ref) is None or self.tip_of(pull) is None:
            return False
        self.repo.merge(pull.number, by=RITA, method=("squash", "merge")[other // 2 % 2])
        for below in self.open():  # what it was merged into is, from now on, as that person has made it
            if (below.head_repository, below.head_ref) == (self.repo.full_name, pull.base_ref):
                branch = self.branch_of(below)
                branch.tips.append(self.repo.data.refs[f"refs/heads/{pull.base_ref}"])
                self._own(below, branch)
                self.marks[below.number] += self.marks[pull.number]
        return True

    def push_to_base(self, one: int, other: int) -> bool:
        """Somebody pushes to base: files, a line that all share, or other rules."""
        files = dict(self.ground.files(self.tip))
        self.bumped += 1
        kind = one % 6
        if kind == 0:
            files[CONFIG] = RULES[other % len(RULES)][0].encode()
        elif kind == 1:
            files["dependencies.json"] = EDGES[other % len(EDGES)].encode()
        elif kind == 2:
            lines = files["shared.txt"].decode().splitlines()
            lines[2 * (other % 4)] = f"petra:{self.bumped}"
            files["shared.txt"] = "".join(f"{line}\n" for line in lines).encode()
        else:
            files[f"petra{other % 3}.txt"] = f"petra:{self.bumped}\n".encode()
        if files == self.ground.files(self.tip):
            return False
        self.ground.move(BASE, self._commit([self.tip], files, "petra", "By hand"), by=RITA)
        return True

    def wait(self, one: int, other: int) -> bool:
        """Time passes."""
        self.ground.time.wait((60.0, 700.0, 1300.0, 90_000.0)[one % 4])
        del other
        return True


def of_bot(login: str | None) -> bool:
    """Whether this is mergebot's account."""
    return login == BOT

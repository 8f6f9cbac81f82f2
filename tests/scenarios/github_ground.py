"""What can be seen of a fleet on GitHub, and the invariants (the design's I1 to I8) that hold after every pass."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.sandbox import Sandbox
from tests.scenarios.world import Authored
from tests.server.hub import GitHub
from tests.server.repo import Repo


@dataclass
class Ground:
    """The server, and a working copy that stands for all the agents'.

    `pulls`: each agent's PR; `authored`: its commits as it made them; `needs`: what it depends on. `changed`: agents of
    whose PR somebody changed something in the middle of a pass: what it says now is not what it was merged on.
    """

    hub: GitHub
    repo: Repo
    work: Sandbox
    token: str
    cache: Path
    base: str = "main"
    pulls: dict[str, int] = field(default_factory=dict)
    authored: dict[str, list[Authored]] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    # what can be seen

    def tip(self) -> str:
        """The tip of base."""
        return str(self.repo.box.sha(self.base))

    def heads(self) -> dict[str, str]:
        """The head of every agent's PR."""
        return {name: self.repo.pull(number).head_sha for name, number in self.pulls.items()}

    def landed(self) -> list[str]:
        """The agents whose PR has landed on base, in the order in which it came."""
        subjects = self.repo.box.git("log", "--reverse", "--format=%s", self.base).splitlines()
        found = [re.search(r" \(#(\d+)\)$", subject) for subject in subjects]
        numbers = [int(match[1]) for match in found if match]
        names = {number: name for name, number in self.pulls.items()}
        return [names[number] for number in numbers if number in names]

    def state(self, name: str) -> str:
        """open, closed or merged."""
        pull = self.repo.pull(self.pulls[name])
        return "merged" if pull.merged else str(pull.state)

    # the invariants

    def check(self, before: str, tips: Mapping[str, str]) -> None:
        """I1 to I4 and I6 to I8 (the design's), for the pass that has just ended."""
        self._check_merges(before)
        self._check_order()
        self._check_base(before)
        self._check_open_branches(tips)
        self._check_secrets()
        self._check_disk()

    def check_journal(self, before: str) -> None:
        """Of whatever mergebot has merged in the pass that has just ended the grounds are written down, by heads."""
        refs, settings = self.repo.box.refs(), self.repo.settings
        if "refs/mergebot/journal" not in refs or not settings.custom_refs:
            return
        listed = self.repo.box.git("cat-file", "blob", "refs/mergebot/journal:journal.jsonl").splitlines()
        ours = [line for line in listed if line.startswith('{"schema":1,')]
        assert all(line.isascii() and len(line) <= 16_000 for line in ours), "the journal's bounds"
        lines = [json.loads(line) for line in ours]
        for name in self.landed():
            pull = self.repo.pull(self.pulls[name])
            since = self.repo.box.git("rev-list", f"{before}..{self.base}").splitlines()
            if pull.merge_sha not in since or not str(pull.merged_by).startswith("mergebot"):
                continue
            begun = [
                line["grounds"]
                for line in lines
                if (line["action"], line["outcome"], line["pr"]) == ("merge", "begun", pull.number)
                and line["head"]["sha"] == pull.head_sha
            ]
            assert begun, f"nothing in the journal says why {name} was merged"
            assert {one["state"] for one in begun[-1]["criteria"]} == {"pass"}, f"I1: the grounds of {name}: {begun}"

    def _check_merges(self, before: str) -> None:
        for name in self.landed():
            pull = self.repo.pull(self.pulls[name])
            assert pull.merge_sha is not None
            if self.repo.box.git("merge-base", before, pull.merge_sha) == pull.merge_sha:
                continue  # landed before this pass
            suites = self.repo.data.suites_of(pull.head_sha)
            runs = list({(suite.id, run.name): run for suite in suites for run in suite.runs}.values())  # the last try
            assert runs, f"I1: {name} had no check on {pull.head_sha}"
            assert all(run.conclusion in ("success", "neutral", "skipped") for run in runs), f"I1: {name}'s checks"
            assert pull.merged_by is not None, f"{name} was merged by nobody"
            if name in self.changed:
                continue
            assert pull.reviews, f"I1: {name} had no review"
            assert pull.reviews[-1].state == "APPROVED", f"I1: {name} was not approved"
            assert "hold" not in pull.labels, f"I1: {name} was held"
            assert not pull.draft, f"I1: {name} was a draft"

    def _check_order(self) -> None:
        landed = self.landed()
        assert len(landed) == len(set(landed)), f"I3: merged twice: {landed}"
        for place, agent in enumerate(landed):
            missing = set(self.needs.get(agent, [])) - set(landed[:place])
            assert not missing, f"I2: {agent} landed before {missing}"

    def _check_base(self, before: str) -> None:
        box = self.repo.box
        box.git("merge-base", "--is-ancestor", before, self.base)
        assert not box.git("rev-list", "--min-parents=2", self.base), "I3: base is not linear"
        for line in box.git("rev-list", "--parents", f"{before}..{self.base}").splitlines():
            commit, parent = line.split()
            assert box.git("diff", "--name-only", parent, commit), f"I3: {commit} is empty"
        markers = re.findall(r"mark:[a-z0-9-]+", box.git("grep", "-h", "-e", "", self.base))
        assert len(markers) == len(set(markers)), f"I3: a change is there twice: {sorted(markers)}"
        strangers = {marker.removeprefix("mark:") for marker in markers} - set(self.landed())
        assert not strangers, f"I3: base holds changes of {strangers}, which have not landed"

    def _check_open_branches(self, tips: Mapping[str, str]) -> None:
        refs = self.repo.box.refs()
        for agent in tips:
            if self.state(agent) != "open":
                continue
            branch = f"feature/{agent}"
            assert f"refs/heads/{branch}" in refs, f"I7: the branch of {agent}, still open, is gone"
            log = self.repo.box.git("log", "--format=%an <%ae>%x00%at%x00%s", f"{self.base}..{branch}").splitlines()
            have = [Authored(*line.split("\0")) for line in log]
            for commit in self.authored.get(agent, []):
                assert have.count(commit) == 1, f"I4: {agent} has {commit} {have.count(commit)} times"

    def _check_secrets(self) -> None:
        for file in self.cache.rglob("*"):
            if file.is_file() and file.suffix not in (".pack", ".idx"):
                assert self.token.encode() not in file.read_bytes(), f"I6: the token is in {file}"
        for exchange in self.hub.writes():
            assert self.token not in str(exchange.request), f"I6: the token is in {exchange.path}"

    def _check_disk(self) -> None:
        """What is not on the disk as a file cannot be run by anything."""
        listed = self.repo.box.git("log", "--all", "--name-only", "--format=").splitlines()
        names = {path.rpartition("/")[2] for path in listed}
        found = [file for file in self.cache.rglob("*") if file.is_file() and file.name in names]
        assert not found, f"I8: files of the repository are on the bot's disk: {found}"

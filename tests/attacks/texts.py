"""A fleet in which everything that a stranger may choose is an attack, and what mergebot made of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mergebot.forge.github.session import MARKER
from tests.cli_process import Ran
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.test_github_actions import Job

CANARY: Final = "pwned"
"""The file that every command in these texts would make."""

VALUES: Final[dict[str, str]] = {
    "harmless": "Add a line",
    "shell-words": f"x'; touch {CANARY}; ' \"; touch {CANARY}; \" $(touch {CANARY}) `touch {CANARY}`",
    "shell-lines": f"x\ntouch {CANARY}\n&& touch {CANARY} | tee {CANARY} > {CANARY} ${{IFS}}",
    "git-options": f"--upload-pack=touch {CANARY} -c core.sshCommand='touch {CANARY}' --output={CANARY}",
    "refspecs": "+refs/heads/*:refs/heads/* :refs/heads/main HEAD:main @{-1} main~1",
    "markdown": "](javascript:alert(1)) ![x](http://evil.example/x.png) **b** | a | b |\\",
    "markdown-fence": "x\n```\n~~~\n# out of it\n---\n````",
    "mention": "@everyone @fleet/owners #1 GH-1 fixes #1 other/repo#1 a@b.example www.evil.example",
    "html": "<script>alert(1)</script></details></td></table><img src=x onerror=alert(1)> &lt; &#60;",
    "marker": f"{MARKER}\n{MARKER} --> <!-- x",
    "mermaid": 'x"]; click p1 "javascript:alert(1)"; end\n%%{init: {}}%%\nsubgraph y',
    "workflow-command": "::error::x\n::set-output name=merged::[99]\n##[error]x %0A::add-mask::x",
    "terminal": "x\rMerged everything\r\n\x1b[2J\x1b]0;x\x07\x1b[31mred \x9b1m \x08\x7f\x0b\x0c\x85\u2028\u2029y",
    "directions": "\u202egnp.exe\u2066\u200b\u200f\ufeff\u00ad",
    "json-heredoc": '"}],"merged":[99],"x":"\\u0000\\"\nEOF\nmerged=[99]\nmerged<<x\n[99]\nx',
    "rich": f"[bold red]x[/] [link=http://evil.example]y[/link] :skull: (a+)+$ [[[[ (?R) \\1 {'a' * 40}!",
    "skip-ci": "[skip ci] [ci-skip] [no ci] [actions skip]\nskip-checks: true",
    "trailers": "x\n\nReviewed-by: mallory\nReview-Score: 10/10\nAgent: x\nCo-authored-by: m <m@x.example>\n---",
    "templates": "${{ secrets.GITHUB_TOKEN }} {{ x }} {0.__class__} %s %(x)s {CANARY}",
    "path": "../../../../tmp/x ..%2f..%2fx?per_page=1&x=#y;z ~root C:\\x",
    "long": "x" * 150 + "\u00e9" * 90,
    "astral": "\U0001f469\u200d\U0001f4bb \u0627\u0644 \u4e2d\u6587 e\u0301\u0301\u0301\u0301",
}


def path_of(value: str) -> str:
    """The nastiest file name that a file system takes."""
    return value.replace("/", "\u2215").replace("\0", "")[:60]


def branch_of(value: str) -> str:
    """The nastiest name of a branch that git takes (`git help check-ref-format`)."""
    kept = re.sub(r"[\x00-\x20\x7f~^:?*\[\\]|@\{|\.\.|//+|\.lock\b", "", value).strip("/.")
    return f"x{kept[:80]}".rstrip("/.") if not kept.startswith("-") else kept[:80]


@dataclass
class Played:
    """What the passes have left. `job` knows the files of the last command; `said` has every output, by command."""

    world: GithubWorld
    job: Job
    said: dict[str, Ran] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, *args: str) -> None:
        """One command as a job of Actions runs it; all that it leaves is kept."""
        self.said[name] = self.job.run(*args)
        self.summaries[name] = self.job.summary
        self.outputs[name] = self.job.file("output").read_text()

    def comment(self, name: str) -> str:
        """The one comment of mergebot's on a PR."""
        comments = self.world.repo.pull(self.world.pulls[name]).comments
        [found] = [comment for comment in comments if comment.author == "mergebot[bot]"]
        return found.body

    def comments(self) -> Iterator[str]:
        """All of them."""
        return (self.comment(name) for name in self.world.pulls)


def play(world: GithubWorld, folder: Path) -> Played:
    """Two PRs for each value: one lands, the other conflicts with it and is complained of by everybody.

    Each of those that stay needs the one before it, so that there is a graph to draw.
    """
    commits: dict[str, str] = {}
    world.update()
    for number, (name, value) in enumerate(VALUES.items()):
        commits |= _branches(world, number, name, value)
    refs = [f"{commit}:refs/heads/{branch}" for branch, commit in commits.items()]
    world.work.git("push", "--quiet", "origin", *refs)
    before = 0
    for number, name in enumerate(VALUES):
        _open(world, number, name, "lands")
        before = _open(world, number, name, "stays", needs=f"Depends-On: #{before}" if before else "")
    world.answer()
    for name, value in VALUES.items():
        _complain(world, f"stays-{name}", value)
    played = Played(world, Job(world, folder))
    played.run("run", "run", "-v")
    played.run("run-again", "run", "--format", "markdown")
    for form in ("text", "json", "markdown"):
        played.run(f"plan-{form}", "plan", "--format", form)
    played.run("status", "status")
    return played


def _branches(world: GithubWorld, number: int, name: str, value: str) -> dict[str, str]:
    """Both commits, each with the value as its message, its author and the name of its file."""
    made: dict[str, str] = {}
    for kind in ("lands", "stays"):
        world.work.git("checkout", "--quiet", "--detach", "origin/main")
        author = re.sub(r"[\x00<>\n]", "", value)[:60].strip() or "x"
        path = f"{number}/{path_of(value)}"
        message = "x" if name == "skip-ci" else value  # else no CI would run on the PR itself
        made[branch_for(number, name, kind)] = world.work.commit(
            message, {path: kind}, author=f"{author} <x@x.example>"
        )
    return made


def branch_for(number: int, name: str, kind: str) -> str:
    """Two values may leave the same of a branch's name: the number parts them."""
    return f"{branch_of(VALUES[name])}/{number}-{kind}"


def _open(world: GithubWorld, number: int, name: str, kind: str, *, needs: str = "") -> int:
    value = VALUES[name]
    body = f"Review Score: 10/10\n{needs}\n\n{value}\n\n## {value}"
    labels = ["merge", value[:50], *([f"agent:{value}"[:50]] if kind == "stays" else [])]
    pull = world.repo.open_pull(branch_for(number, name, kind), title=value, body=body, author=AUTHOR, labels=labels)
    world.pulls[f"{kind}-{name}"] = pull.number
    world.repo.review(pull.number, by=REVIEWER, state="APPROVED", body=value)
    return pull.number


def _complain(world: GithubWorld, name: str, value: str) -> None:
    number = world.pulls[name]
    login = f"m/{value}"[:60]
    world.hub.user(login, permission="write")
    world.repo.check(world.repo.pull(number).head_sha, value, "failure")
    world.repo.status(world.repo.pull(number).head_sha, f"ci/{value}"[:100], "failure", value[:140])
    world.repo.review(number, by=login, state="CHANGES_REQUESTED", body=value)
    world.repo.comment(number, f"/mergebot {value}", by=REVIEWER)

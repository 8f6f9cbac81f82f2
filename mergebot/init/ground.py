"""What a work tree has already: where each file is or goes, which branch is base, what git would not commit."""

from dataclasses import dataclass
from pathlib import Path

from mergebot.config import CONFIG_PLACES, load_policy
from mergebot.dependencies import DEPENDENCY_PLACES
from mergebot.errors import AccessError
from mergebot.git.process import Git
from mergebot.git.repository import Repository
from mergebot.init.branches import base_of
from mergebot.model.ids import Branch
from mergebot.model.policy import Policy
from mergebot.model.problem import Severity

TEMPLATE = ".github/pull_request_template.md"
_TEMPLATE_FOLDERS = (".github", "", "docs")
_TEMPLATE_NAME = "pull_request_template"
_LARGEST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """The work tree that is written to. `configs`: those that are there; `policy`: what the first of them says."""

    repo: Repository
    root: Path
    base: Branch
    configs: tuple[str, ...]
    policy: Policy

    @property
    def dependencies(self) -> tuple[str, ...]:
        """Where the dependency file is, or goes to if none is there: the first of these (contract 2.1)."""
        named = self.policy.dependencies
        return (named,) if named is not None else DEPENDENCY_PLACES


def look_around(path: Path, *, local: bool) -> Ground:
    """Find the work tree that a folder is in; a plain repository's rules are read from its main one.

    Raises:
        AccessError: there is none, or it may not be used.
    """
    repo = Repository.open(path)
    root = repo.main_worktree if local else (None if repo.bare or repo.path == repo.git_dir else repo.path)
    if root is None:
        raise AccessError(
            f"{repo.path} has no work tree to write files into", hint="run mergebot init in a clone of it"
        )
    configs = tuple(place for place in CONFIG_PLACES if (root / place).is_file())
    policy = _policy(root, configs)
    return Ground(repo=repo, root=root, base=policy.base or base_of(repo), configs=configs, policy=policy)


def _policy(root: Path, configs: tuple[str, ...]) -> Policy:
    """What the config says; the defaults where there is none, or it is wrong."""
    try:
        policy, problems = load_policy(configs[0], (root / configs[0]).read_bytes())
    except (IndexError, OSError):
        return Policy()
    return Policy() if any(problem.severity is Severity.ERROR for problem in problems) else policy


def templates(root: Path) -> tuple[str, ...]:
    """The pull request templates that are there, in any of the places and spellings that GitHub looks for."""
    found = []
    for folder in _TEMPLATE_FOLDERS:
        try:
            entries = sorted((root / folder).iterdir())
        except OSError:
            continue
        named = [entry for entry in entries if entry.name.lower().partition(".")[0] == _TEMPLATE_NAME]
        files = [file for entry in named for file in (sorted(entry.iterdir()) if entry.is_dir() else [entry])]
        found += [str(file.relative_to(root)) for file in files if file.is_file()]
    return tuple(found)


def lacks_our_lines(path: Path) -> bool:
    """Whether a template leaves out the agent or the score."""
    try:
        text = path.read_bytes()[:_LARGEST].decode("utf-8", "replace").lower()
    except OSError:
        return True
    return "agent:" not in text or "review score:" not in text


def ignored(root: Path, path: str) -> str:
    """The rule by which git leaves a file out, as `FILE:LINE: PATTERN`; "" where it does not."""
    as_is = {"GIT_LITERAL_PATHSPECS": "0"}  # git: this command refuses to run with it
    done = Git(folder=root).finish("check-ignore", "--verbose", "--no-index", "--", path, env=as_is)
    if done.returncode:
        return ""
    rule = done.stdout.decode("utf-8", "replace").partition("\t")[0]
    file, _, rest = rule.partition(":")
    line, _, pattern = rest.partition(":")
    return f"{file}:{line}: {pattern}"

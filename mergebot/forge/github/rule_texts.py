"""The rules of the queue as they stand on the server's branches, read by git: a PR cannot change what it is judged by.

The config comes from the default branch's tip, the dependency file from base's (contract 2).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from mergebot.config import CONFIG_PLACES, choose_config
from mergebot.dependencies import DEPENDENCY_PLACES
from mergebot.errors import GitError, InputError, MergebotError
from mergebot.forge.protocol import RuleTexts
from mergebot.git.mirror import Mirror
from mergebot.git.paths import name
from mergebot.git.remote import RemoteRefs
from mergebot.git.repository import Repository
from mergebot.model.ids import Branch, Sha
from mergebot.model.problem import Problem

MOST_BYTES: Final = 1024 * 1024
"""A file of rules is read up to this size."""

_KINDS: Final = {
    "120000": ("it is a symbolic link, which is not followed", "put the file itself there"),
    "160000": ("it is a submodule", "put a plain file there"),
    "040000": ("it is a folder", "put a plain file there"),
}
_TOO_BIG: Final = (f"it is larger than {MOST_BYTES // 1024} KiB", "make it smaller")


def read_rule_texts(
    mirror: Mirror, refs: RemoteRefs, dependencies_path: str | None, given: tuple[str, bytes] | None = None
) -> RuleTexts:
    """The config files, and the dependency file (at the given path, else at the first of its places that exists).

    `given`: a config that counts in place of these, which may name another base.

    Raises:
        InputError: there is no default branch, or a file cannot be used as it is.
        MergebotError: git failed.
    """
    default = tip_of_default(refs)
    fetch_commits(mirror, [default])
    configs = _read(mirror, default, CONFIG_PLACES)
    base = refs.branch(base_named((given,) if given else configs, refs))
    if base is None:  # said when the queue is read: another config may have been given by hand
        return RuleTexts(configs=configs)
    fetch_commits(mirror, [base])
    places = DEPENDENCY_PLACES if dependencies_path is None else (dependencies_path,)
    return RuleTexts(configs=configs, dependencies=next(iter(_read(mirror, base, places)), None))


def base_named(configs: Sequence[tuple[str, bytes]], refs: RemoteRefs) -> Branch:
    """The branch that is merged into: the config's, else the default branch."""
    policy, _ = choose_config(configs)
    return policy.base or refs.head or Branch("")


def tip_of_default(refs: RemoteRefs) -> Sha:
    """Where the default branch is.

    Raises:
        InputError: there is none.
    """
    if refs.head is None or (tip := refs.branch(refs.head)) is None:
        raise InputError("the repository has no default branch yet", hint="push a first commit to it")
    return tip


def fetch_commits(mirror: Mirror, shas: Sequence[Sha]) -> None:
    """Have these commits here.

    Raises:
        MergebotError: the server listed them a moment ago, and has them no more.
    """
    if lost := mirror.fetch(shas):
        raise MergebotError(f"the server no longer has commit {min(lost)}", hint="it was replaced; run again")


def _read(mirror: Mirror, commit: Sha, places: Sequence[str]) -> tuple[tuple[str, bytes], ...]:
    """Those of these files that are there, in the order of the places."""
    found = _listed(mirror.repository, commit, places)
    problems = [_problem(path, *_KINDS[mode]) for path, (mode, _) in found.items() if mode in _KINDS]
    blobs = {path: sha for path, (mode, sha) in found.items() if mode not in _KINDS}
    mirror.fetch_blobs(set(blobs.values()))
    contents = _contents(mirror.repository, blobs)
    problems += [_problem(path, *_TOO_BIG) for path, raw in contents.items() if raw is None]
    if problems:
        raise InputError("a file of rules cannot be used", problems=problems, hint=str(problems[0]))
    return tuple((path, raw) for path in places if (raw := contents.get(path)) is not None)


def _problem(path: str, message: str, hint: str) -> Problem:
    return Problem(where=path, message=message, hint=hint)


def _listed(repository: Repository, commit: Sha, places: Sequence[str]) -> dict[str, tuple[str, Sha]]:
    """Mode and id of what stands at each of these paths."""
    found = {}
    for place in places:
        if place.startswith(("/", "../")) or place in ("", ".", ".."):
            raise InputError(f"{place!r} is no path in the repository", hint="correct `dependencies` in the config")
    for line in repository.run("ls-tree", "-z", commit, "--", *places).split(b"\0")[:-1]:
        kind, _, path = line.partition(b"\t")
        mode, _, sha = kind.decode().split()
        found[name(path)] = (mode, Sha(sha))
    return found


def _contents(repository: Repository, blobs: Mapping[str, Sha]) -> dict[str, bytes | None]:
    """The bytes of each file; None: there are too many of them."""
    asked = list(dict.fromkeys(blobs.values()))
    lines = "".join(f"{sha}\n" for sha in asked).encode()
    sizes = repository.run("cat-file", "--batch-check", stdin=lines).decode().splitlines() if asked else []
    small = []
    for sha, answer in zip(asked, sizes, strict=True):
        words = answer.split()
        if len(words) != 3 or not words[2].isdigit():  # noqa: PLR2004 (`ID TYPE SIZE`, else `ID missing`)
            raise GitError(f"the server did not give {sha}, which a file of rules needs")
        small += [sha] if int(words[2]) <= MOST_BYTES else []
    contents = {sha: repository.run("cat-file", "blob", sha) for sha in small}
    return {path: contents.get(sha) for path, sha in blobs.items()}

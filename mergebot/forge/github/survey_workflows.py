"""Reads workflow files as data, for `mergebot doctor`: from the default branch through the clone, never executed.

A file is a stranger's text: it is capped in size, and whatever stands in it that is no workflow is passed over or told.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from mergebot.git.mirror import Mirror
from mergebot.git.paths import name
from mergebot.model.ids import Sha
from mergebot.model.workflows import Job, Rights, Trigger, Workflow

FOLDER: Final = ".github/workflows/"
MOST_BYTES: Final = 128 * 1024
"""A workflow file is read up to this size; GitHub itself refuses larger ones."""

MOST_FILES: Final = 500
_FILE: Final = re.compile(r"\.github/workflows/[^/]+\.ya?ml", re.IGNORECASE)
_OWN_FILE: Final = re.compile(r"(?:^|/)mergebot\.ya?ml$", re.IGNORECASE)
_USES_BOT: Final = re.compile(r"(?:^|[./])mergebot(?:\.ya?ml)?(?:@|/|$)", re.IGNORECASE)
_RUNS_BOT: Final = re.compile(r"\bmergebot(?![-.\w/])[^\n;&|#]{0,300}\srun(?![-.\w/])")
_ONE_WORD: Final = re.compile(r"\$\{\{[^{}]*\}\}|\\\n")
"""An expression, whatever stands in it, and the end of a line that goes on."""

_OTHER_TOKEN: Final = re.compile(r"\bsecrets\.(?!GITHUB_TOKEN\b)|create-github-app-token", re.IGNORECASE)
_EVERY: Final = {"read-all": {"*": "read"}, "write-all": {"*": "write"}}


def read_workflows(mirror: Mirror, commit: Sha) -> tuple[Workflow, ...]:
    """Every workflow file of a commit that is here, by path; of too many those that may be mergebot's come first.

    Raises:
        MergebotError: git failed.
    """
    listed = mirror.repository.run("ls-tree", "-z", "--full-tree", commit, "--", FOLDER).split(b"\0")[:-1]
    blobs: dict[str, Sha] = {}
    for line in listed:
        head, _, path = line.partition(b"\t")
        mode, _, sha = head.decode().split()
        if mode.startswith("100") and _FILE.fullmatch(name(path)):
            blobs[name(path)] = Sha(sha)
    wanted = sorted(blobs, key=lambda path: not _OWN_FILE.search(path))[:MOST_FILES]
    mirror.fetch_blobs({blobs[path] for path in wanted})
    read = tuple(parse_workflow(path, _content(mirror, blobs[path])) for path in sorted(wanted))
    unread = f"it is one of {len(blobs)}, and no more than {MOST_FILES} were read"
    left_out = sorted(blobs.keys() - set(wanted))[:1]
    return (*read, *(Workflow(path=path, name=path, fault=unread) for path in left_out))


def _content(mirror: Mirror, sha: Sha) -> bytes | None:
    if int(mirror.repository.run("cat-file", "-s", sha)) > MOST_BYTES:
        return None
    return mirror.repository.run("cat-file", "blob", sha)


def parse_workflow(path: str, raw: bytes | None) -> Workflow:
    """What a file says; `raw` None: it is too large. Never raises: rubbish has its fault."""
    if raw is None:
        return Workflow(path=path, name=path, fault=f"it is larger than {MOST_BYTES // 1024} KiB")
    try:
        # In this loader everything is text: `on` stays a word, and no date, number or object is ever made.
        root = yaml.load(raw.decode(), Loader=yaml.BaseLoader)  # noqa: S506 (it constructs nothing but text)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        return Workflow(path=path, name=path, fault=_fault(error))
    if not isinstance(root, dict) or not isinstance(root.get("jobs"), dict) or "on" not in root:
        return Workflow(path=path, name=path, fault="it has no `on:` or no `jobs:`, so it is no workflow")
    rights = _rights(root.get("permissions"))
    grouped, cancels = _concurrency(root)
    jobs = root["jobs"].items()
    return Workflow(
        path=path,
        name=_text(root.get("name")) or path,
        triggers=dict(_triggers(root["on"])),
        jobs=tuple(_job(str(key), job, rights, path) for key, job in jobs if isinstance(job, dict)),
        grouped=grouped,
        cancels=cancels,
    )


def _fault(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}" if mark is not None else ""
    return f"it is no YAML that can be read{where}"


def _triggers(found: object) -> Iterator[tuple[str, Trigger]]:
    if isinstance(found, str):
        yield found, Trigger()
    elif isinstance(found, list):
        yield from ((item, Trigger()) for item in found if isinstance(item, str))
    elif isinstance(found, dict):
        yield from ((key, _trigger(inner)) for key, inner in found.items() if isinstance(key, str))


def _trigger(found: object) -> Trigger:
    if not isinstance(found, dict):
        return Trigger()
    return Trigger(
        types=_texts(found.get("types")),
        branches=_texts(found.get("branches")),
        branches_ignore=_texts(found.get("branches-ignore")),
        paths="paths" in found or "paths-ignore" in found,
        tags="tags" in found or "tags-ignore" in found,
        workflows=_texts(found.get("workflows")),
    )


def _job(key: str, job: Mapping[str, Any], rights: Rights | None, path: str) -> Job:
    own = _rights(job.get("permissions"))
    grouped, cancels = _concurrency(job)
    reusable = _text(job.get("uses"))
    return Job(
        id=key,
        name=_text(job.get("name")) or key,
        rights=rights if own is None else own,
        is_bot=bool(_USES_BOT.search(reusable)) or any(_is_bot(step, path) for step in _list(job.get("steps"))),
        own_token=any(_OTHER_TOKEN.search(text) for text in _every_text(job)),
        reusable=bool(reusable),
        grouped=grouped,
        cancels=cancels,
    )


def _is_bot(step: object, path: str) -> bool:
    if not isinstance(step, dict):
        return False
    uses = _text(step.get("uses"))
    if uses in ("./", ".", "$/") and _OWN_FILE.search(path):
        return True
    return bool(_USES_BOT.search(uses) or _RUNS_BOT.search(_ONE_WORD.sub("_ ", _text(step.get("run")))))


def _every_text(root: object) -> Iterator[str]:
    """Every text below, each list and mapping once: an alias may stand for the same one a million times."""
    seen: set[int] = set()
    todo: list[object] = [root]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict | list) and id(item) not in seen:
            seen.add(id(item))
            todo += item.values() if isinstance(item, dict) else item


def _concurrency(found: Mapping[str, Any]) -> tuple[bool, bool]:
    group = found.get("concurrency")
    if isinstance(group, dict):
        # An expression may be true: only a plain `false` is safe to rely on.
        return True, _text(group.get("cancel-in-progress")).lower() not in ("", "false")
    return bool(_text(group)), False


def _rights(found: object) -> Rights | None:
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, str)}
    return _EVERY.get(_text(found))


def _text(found: object) -> str:
    return found.strip() if isinstance(found, str) else ""


def _texts(found: object) -> tuple[str, ...]:
    """One text, or a list of them; what is no text is passed over."""
    return (found,) if isinstance(found, str) and found else tuple(x for x in _list(found) if isinstance(x, str))


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []

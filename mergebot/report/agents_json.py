"""The JSON block of a comment, for agents: what the comment says, with codes that do not change.

`schema`: 1, raised when a program that reads it would no longer understand it. `pr`, `head`: the pull request, and
the commit that was judged. `state`: as in the plan (contract 3), or `merged`. `because`: the main reason. `hold`:
what holds a held one: `draft`, `label`, `comment`, `frozen` or `input`. `next`: `who` acts next (`author`,
`reviewer`, `maintainer`, `ci`, `mergebot`, `others`, `nobody`) and `what` they do. `queue.place`: `next`, `second`,
`third`, `next_ten`, `later`, or null where it is not in line. `depends_on`, `waits_for`: pull requests;
`waits_for_agents`: agents that have none yet. `conflicts`: what it will conflict with once one of the two has
landed: `pr` (null: several together) and `files`. `criteria`: each with `name`, `state` (`pass`, `pending`,
`fail`), `code`, `reason`, and where there are any `files`, `prs`, `commands`, `links`; `who` acts on one that does
not pass. `failed_steps`: what mergebot tried in vain: `action`, `reason`, `hint`. `answers`: to the newest commands
in comments. `shortened`: true where lists were left out.

One that nobody has asked to merge has no more than `schema`, `pr`, `state` and `because`. A merged one has `schema`,
`pr`, `head`, `state`, `landed` (a commit, or null), `base`, and pull requests in `rebased`, `retargeted`, `freed`; one
whose merge has to be looked at: `schema`, `pr`, `head`, `state` (`failed`), `because`. One that has left the queue in
another way (`report/endings.py`): `state` `merged`, `closed`, or `gone` where no more is known.

`tests.queued` is shown as `tests.running`: which of the two holds may change with every check.
"""

import json
from collections.abc import Mapping
from typing import Final, TypeAlias

from mergebot.model.plan import Criterion, Pass
from mergebot.report import render, safe
from mergebot.report.blocks import LISTED
from mergebot.report.next_steps import next_of
from mergebot.report.standing import Rival
from mergebot.report.subject import RUNNING, Subject
from mergebot.report.troubles import Trouble

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

SCHEMA: Final = 1
LIMIT: Final = 24_000
"""Characters of the block; one that would be longer is shortened, so that it always is one whole object."""

_TEXT: Final = 2_000
_SHORT_TEXT: Final = 300
_ACTIVE: Final = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&`@"})
"""What could end the block or act outside of it; in JSON each of them only occurs within a string."""


def agents_json(subject: Subject) -> str:
    """The object of an open PR, in ASCII, at most `LIMIT` characters."""
    whole = dump(_object(subject, whole=True))
    return whole if len(whole) <= LIMIT else dump(_object(subject, whole=False))


def dump(found: Mapping[str, Json]) -> str:
    """JSON in which nothing can end a fence, an HTML element or a comment, whatever strangers write.

    A line for each key, and in lists of objects for each of them.
    """
    lines = ",\n".join(f"  {_compact(key)}: {_value(value)}" for key, value in found.items())
    return f"{{\n{lines}\n}}".translate(_ACTIVE)


def _value(value: Json) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {_compact(one)}" for one in value) + "\n  ]"
    return _compact(value)


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=True)


def _object(subject: Subject, *, whole: bool) -> dict[str, Json]:
    entry, standing, limit = subject.entry, subject.standing, _TEXT if whole else _SHORT_TEXT
    if subject.is_left_out:
        return {"schema": SCHEMA, "pr": entry.pr, "state": str(entry.state), "because": _text(entry.because, limit)}
    most = LISTED if whole else 5
    first = subject.next[0]
    return {
        "schema": SCHEMA,
        "pr": entry.pr,
        "head": entry.head.sha,
        "state": str(entry.state),
        "because": _text(subject.because, limit),
        **({"hold": str(entry.hold)} if entry.hold else {}),
        "next": {"who": str(first.who), "what": first.what},
        "queue": {"place": str(standing.place) if standing.place else None},
        "depends_on": list(entry.depends_on[:most]),
        "waits_for": list(standing.waits_for[:most]),
        "waits_for_agents": [_text(name, limit) for name in standing.waits_for_agents[:most]],
        "conflicts": [_rival(rival, most) for rival in standing.rivals[:most]],
        "criteria": [_criterion(subject, item, limit, whole=whole) for item in entry.criteria],
        **({"failed_steps": [_step(one, limit) for one in subject.failures]} if subject.failures else {}),
        **({"answers": [_text(line, limit) for line in entry.answers[:most]]} if entry.answers else {}),
        **({} if whole else {"shortened": True}),
    }


def _criterion(subject: Subject, item: Criterion, limit: int, *, whole: bool) -> Json:
    verdict, evidence = item.verdict, item.verdict.evidence
    is_running = verdict.code in RUNNING
    found: dict[str, Json] = {
        "name": str(item.name),
        "state": render.word(verdict),
        "code": "tests.running" if is_running else str(verdict.code),
        "reason": _text(subject.reason(verdict), limit),
    }
    if not isinstance(verdict, Pass):
        found["who"] = str(next_of(verdict).who)
    if whole:
        links = subject.links(item.name, verdict)
        lists: dict[str, list[Json]] = {
            "files": [safe.valid(file) for file in evidence.files],
            "prs": list(evidence.prs),
            "commands": [safe.valid(command) for command in evidence.commands],
            "links": [{"text": safe.valid(link.text), "url": safe.valid(link.url)} for link in links],
        }
        found.update({key: values[:LISTED] for key, values in lists.items() if values})
    return found


def _rival(rival: Rival, most: int) -> Json:
    return {"pr": rival.pr, "files": [safe.valid(file) for file in rival.files[:most]]}


def _step(trouble: Trouble, limit: int) -> Json:
    failed = trouble.failed
    return {"action": trouble.action, "reason": _text(failed.reason, limit), "hint": _text(failed.hint, limit)}


def _text(text: str, limit: int) -> str:
    shown = safe.valid(text)
    return shown if len(shown) <= limit else f"{shown[:limit]}…"

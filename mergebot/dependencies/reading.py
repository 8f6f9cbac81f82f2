"""The shape of dependencies.json: types, keys and names, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mergebot.located.texts import BRANCH, NAME, TextRule
from mergebot.located.value import Located, Member, Report
from mergebot.located.words import found, quoted, shown, unknown_keys

KEYS = ("dependencies", "merge_order", "agents")


@dataclass(kw_only=True, slots=True)
class Draft:
    """What the file says, as far as its shape is right; every name keeps its place."""

    keys: dict[str, Located] = field(default_factory=dict)
    needs: dict[str, dict[str, Located]] = field(default_factory=dict)
    waves: list[list[tuple[str, Located]]] = field(default_factory=list)
    agents: dict[str, Located] = field(default_factory=dict)
    branches: dict[str, tuple[str, Located]] = field(default_factory=dict)


def read_draft(root: Located, report: Report) -> Draft:
    """Read what has the right shape and report all that has not."""
    draft = Draft()
    members = _object(root, "the file", report)
    for key, hint in unknown_keys(members, KEYS):
        report.error(key, f"unknown key {quoted(str(key.value))}", hint)
    if "dependencies" in members:
        _read_dependencies(members["dependencies"].value, draft, report)
    if "merge_order" in members:
        _read_merge_order(members["merge_order"].value, draft, report)
    if "agents" in members:
        _read_agents(members["agents"].value, draft, report)
    return draft


def _read_dependencies(node: Located, draft: Draft, report: Report) -> None:
    for name, member in _agents_of(node, "`dependencies`", report):
        draft.keys[name] = member.key
        needs = draft.needs.setdefault(name, {})
        for needed, item in _names(member.value, f"the list of {quoted(name)}", report):
            if needed == name:
                report.error(item, f"{quoted(name)} depends on itself", "remove it from its own list")
            elif needed in needs:
                report.warn(item, f"{quoted(name)} lists {quoted(needed)} twice", "remove one of them")
            else:
                needs[needed] = item


def _read_merge_order(node: Located, draft: Draft, report: Report) -> None:
    firsts: dict[str, Located] = {}
    for number, wave in enumerate(_list(node, "`merge_order`", report), start=1):
        names = []
        for name, item in _names(wave, f"wave {number} of `merge_order`", report):
            if name in firsts:
                hint = f"it is already at {firsts[name].line}:{firsts[name].column}; keep one"
                report.error(item, f"{quoted(name)} is in `merge_order` twice", hint)
            else:
                firsts[name] = item
                names.append((name, item))
        draft.waves.append(names)


def _read_agents(node: Located, draft: Draft, report: Report) -> None:
    owners: dict[str, str] = {}
    for name, member in _agents_of(node, "`agents`", report):
        draft.agents[name] = member.key
        settings = _object(member.value, f"`agents`: {quoted(name)}", report)
        for key, hint in unknown_keys(settings, ("branch",)):
            report.error(key, f"unknown key {quoted(str(key.value))} of agent {quoted(name)}", hint)
        if "branch" not in settings:
            continue
        at = settings["branch"].value
        for branch in _text(at, f"the branch of {quoted(name)}", BRANCH, report):
            if branch in owners:
                message = f"{quoted(name)} and {quoted(owners[branch])} have the same branch {quoted(branch)}"
                report.error(at, message, "give each agent a branch of its own")
            else:
                owners[branch] = name
                draft.branches[name] = (branch, at)


def _agents_of(node: Located, what: str, report: Report) -> Iterator[tuple[str, Member]]:
    """The members of an object whose keys are agents."""
    for member in _object(node, what, report).values():
        for name in _text(member.key, f"a name in {what}", NAME, report):
            yield name, member


def _names(node: Located, what: str, report: Report) -> Iterator[tuple[str, Located]]:
    """The agents in a list."""
    for item in _list(node, what, report):
        for name in _text(item, f"a name in {what}", NAME, report):
            yield name, item


def _object(node: Located, what: str, report: Report) -> dict[str, Member]:
    if isinstance(node.value, dict):
        return node.value
    report.error(node, f"{what} must be an object, not {found(node, mapping='an object')}")
    return {}


def _list(node: Located, what: str, report: Report) -> list[Located]:
    if isinstance(node.value, list):
        return node.value
    hint = f'write ["{shown(node.value)}"]' if isinstance(node.value, str) else ""
    report.error(node, f"{what} must be a list, not {found(node, mapping='an object')}", hint)
    return []


def _text(node: Located, what: str, rule: TextRule, report: Report) -> Iterator[str]:
    """The text, unless it is none or a bad one, which is reported."""
    text = node.value
    if not isinstance(text, str):
        report.error(node, f"{what} must be text, not {found(node, mapping='an object')}")
    elif not _is_unicode(text):
        report.error(node, f"{what} holds half a surrogate pair: {quoted(text)}", "write the character itself")
    elif refusal := rule.refuse(text):
        report.error(node, f"{what}{' ' + quoted(text) if text.strip() else ''} {refusal.message}", refusal.hint)
    else:
        yield text


def _is_unicode(text: str) -> bool:
    r"""Whether it can be written as UTF-8; a JSON escape such as \ud800 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Which texts are good names, branches, paths and globs; each rule is a list of what it refuses.

The patterns are written so that they mean the same in Python and in ECMAScript: the published schema holds them too.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple


class Refusal(NamedTuple):
    """A pattern that a good text does not match anywhere, what is wrong with one that does, and what to do."""

    pattern: str
    message: str
    hint: str = ""


class TextRule:
    """A kind of text: what messages call it, and what it refuses, the first that fits first."""

    def __init__(self, called: str, refusals: Sequence[Refusal]) -> None:
        self.called = called
        self.refusals = tuple(refusals)

    def refuse(self, text: str) -> Refusal | None:
        """The first refusal that fits, None for a good text."""
        if not self._any_refusal.search(text):
            return None
        return next((refusal for refusal in self.refusals if re.search(refusal.pattern, text)), None)

    @cached_property
    def _any_refusal(self) -> re.Pattern[str]:
        """All refusals in one: nearly every text is good, and a long file has many."""
        return re.compile("|".join(f"(?:{refusal.pattern})" for refusal in self.refusals))


_EMPTY = Refusal(r"^\s*$", "is empty")
_CONTROL = Refusal(
    r"[\u0000-\u001f\u007f-\u009f\u2028\u2029]", "holds a line break or another control character", "remove it"
)
_EDGES = Refusal(r"^\s|\s$", "begins or ends with white space", "remove the white space")
_LINE = (_EMPTY, _CONTROL, _EDGES)

_REF_PREFIX = Refusal("^refs/", "is a full ref", "write the branch's name alone, without refs/heads/")
_REF_SHAPE = Refusal(
    r"\.\.|//|@\{|^[-/]|[/.]$|(^|/)\.|\.lock(/|$)|^@$|^HEAD$",
    "is not a branch name that git allows",
    "no `..`, `//` or `@{`; no part begins with `.` or ends with `.lock`; no `-` or `/` first, no `/` or `.` last",
)

NAME = TextRule("a name", _LINE)
NAME_GLOB = TextRule("a name or glob", _LINE)

BRANCH = TextRule(
    "a branch",
    (
        *_LINE,
        Refusal(r"[ ~^:?*\[\\]", "is not a branch name that git allows", "no spaces and none of ~ ^ : ? * [ \\"),
        _REF_PREFIX,
        _REF_SHAPE,
    ),
)
BRANCH_GLOB = TextRule(
    "a branch or glob",
    (
        *_LINE,
        Refusal(r"[ ~^:\\]", "matches no branch that git allows", "no spaces and none of ~ ^ : \\"),
        _REF_PREFIX,
        Refusal(_REF_SHAPE.pattern, "matches no branch that git allows", _REF_SHAPE.hint),
    ),
)

_INSIDE = (
    *_LINE,
    Refusal(r"\\", "holds a backslash", "write / between folders"),
    Refusal(r"(^|/)\.\.(/|$)", "leads out of its folder by `..`", "write it from the root of the repository"),
)
_PATH = (
    *_INSIDE,
    Refusal("^/", "is an absolute path", "write it from the root of the repository, without the first /"),
)
PATH = TextRule("a path", (*_PATH, Refusal(r"/$|(^|/)\.$", "is a folder", "name the file")))
PATH_GLOB = TextRule(
    "a path or glob",
    (
        *_INSIDE,
        Refusal(r"(^|/)\.(/|$)|//|^/$", "matches no path", "leave out `.` as a folder and double slashes"),
        Refusal("^!", "begins with `!`, but globs cannot be negated here", "list the paths that are meant"),
    ),
)

LOGIN = TextRule(
    "a login",
    (
        *_LINE,
        Refusal("^@", "begins with `@`", "write the login alone"),
        Refusal("/", "is a team", "list the logins of its members"),
    ),
)
WORKFLOW = TextRule(
    "a workflow file",
    (
        *_PATH,
        Refusal(r"^(?!.*\.ya?ml$)", "is no workflow file", "name the file, such as ci.yml"),
        Refusal(r"^(?!\.github/workflows/[^/]*$|[^/]*$)", "is not in .github/workflows", "name a file of that folder"),
    ),
)
COMMAND = TextRule("a command", (_EMPTY, Refusal(r"\u0000", "holds a NUL character", "remove it")))

TEXT_RULES = (NAME, NAME_GLOB, BRANCH, BRANCH_GLOB, PATH, PATH_GLOB, LOGIN, WORKFLOW, COMMAND)
"""All of them."""

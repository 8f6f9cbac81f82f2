"""The config (contract 2.4): from bytes to a `Policy`, with every problem that is in them."""

import posixpath
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mergebot.config.keys import ROOT
from mergebot.located.value import Located, Report
from mergebot.model.ids import Branch
from mergebot.model.policy import Checks, Cleanup, Criteria, Policy, Queue, Rebase
from mergebot.model.problem import Problem

CONFIG_PLACES = (
    ".github/mergebot.yml",
    ".github/mergebot.yaml",
    "config/mergebot.yml",
    "config/mergebot.yaml",
)
"""Where the config may be, from the repository's root (contract 2.4)."""


def load_policy(path: str, raw: bytes) -> tuple[Policy, tuple[Problem, ...]]:
    """Read a config; never raises for bad content.

    The problems are all there are, in the order of the file. The policy is only to be used if none is an error.
    """
    from mergebot.located.yaml_text import read_yaml  # noqa: PLC0415 (start-up time: yaml is heavy)

    root, report = read_yaml(path, raw)
    if root is None:
        return Policy(), report.problems()
    for values in ROOT.read(root, "", report):
        policy = _policy(values)
        _check_labels(policy.queue, root, report)
        return policy, report.problems()
    return Policy(), report.problems()


def choose_config(configs: Sequence[tuple[str, bytes]]) -> tuple[Policy, tuple[Problem, ...]]:
    """Read the one config there is (paths with their bytes); none gives the defaults, two at once is an error."""
    if not configs:
        return Policy(), ()
    path, raw = configs[0]
    policy, problems = load_policy(path, raw)
    if len(configs) == 1:
        return policy, problems
    others = " and ".join(f"`{other}`" for other, _ in configs[1:])
    twice = Problem(where=path, message=f"there is another config: {others}", hint="keep one of them")
    return policy, (twice, *problems)


def _policy(values: dict[str, Any]) -> Policy:
    """The policy of the values that were right; what is not there keeps its default."""
    auto_merge = values.get("auto_merge", {})
    conditions = {key: value for key, value in auto_merge.get("conditions", {}).items() if key != "merge_conflicts"}
    protected = {key: value for key, value in auto_merge.items() if key == "protected_paths"}
    base, dependencies = values.get("base"), values.get("dependencies")
    default = Policy()
    return Policy(
        base=None if base is None else Branch(base),
        dependencies=None if dependencies is None else posixpath.normpath(dependencies),
        criteria=replace(Criteria(), **conditions, **protected),
        checks=replace(Checks(), **values.get("checks", {})),
        score_sources=values.get("review_score", {}).get("sources", default.score_sources),
        queue=replace(Queue(), **values.get("queue", {})),
        rebase=replace(Rebase(), **values.get("rebase", {})),
        trusted_authors=values.get("agents", {}).get("trusted_authors", default.trusted_authors),
        cleanup=replace(Cleanup(), **values.get("cleanup", {})),
    )


def _check_labels(queue: Queue, root: Located, report: Report) -> None:
    """One label cannot both request and hold; forges compare labels without case."""
    if queue.label.lower() != queue.hold_label.lower():
        return
    section = root.value["queue"].value.value if isinstance(root.value, dict) and "queue" in root.value else None
    if isinstance(section, dict):
        member = section.get("hold_label") or section["label"]
        message = "`queue.label` and `queue.hold_label` are the same: every PR asked for would be held"
        report.error(member.value, message, "choose two labels")

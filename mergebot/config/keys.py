"""Every key of the config with its rule, one line about it, and its default (contract 2.4).

The loader, the published schema and the hints about unknown keys all come from this one table.
"""

from collections.abc import Iterator

from mergebot.config.record import Conditions, Key, Record
from mergebot.config.rules import Choice, Flag, ListOf, MapOf, Only, OrFalse, OrNull, Text, Whole
from mergebot.located.texts import (
    BRANCH,
    BRANCH_GLOB,
    COMMAND,
    LOGIN,
    NAME,
    NAME_GLOB,
    PATH,
    PATH_GLOB,
    WORKFLOW,
)
from mergebot.model.policy import Checks, Cleanup, Criteria, Queue, Rebase, ScoreSource, Strategy, Waves

HIGHEST_SCORE = 10
"""Scores are given out of ten (contract 3)."""


def _home(word: str) -> str | None:
    """The section that knows this word; None where none or several do."""
    sections = {section for section, key in places("", ROOT) if key == word and section}
    return sections.pop() if len(sections) == 1 else None


def places(section: str, record: Record) -> Iterator[tuple[str, str]]:
    """Every key with its section, "" for the root's; there are few levels, so this may recurse."""
    for word, key in record.keys.items():
        yield section, word
        inner = key.rule.record if isinstance(key.rule, Conditions) else key.rule
        if isinstance(inner, Record):
            yield from places(f"{section}.{word}" if section else word, inner)


_CRITERIA, _CHECKS, _QUEUE, _REBASE, _CLEANUP = Criteria(), Checks(), Queue(), Rebase(), Cleanup()

_CONDITIONS = Record(
    {
        "tests_passing": Key(
            Flag(),
            "At least one check has reported and all that count succeeded; false turns it off.",
            _CRITERIA.tests_passing,
        ),
        "review_score": Key(
            OrFalse(Whole(0, HIGHEST_SCORE), f"a whole number from 0 to {HIGHEST_SCORE}"),
            "The lowest review score out of 10 that is enough; false turns it off.",
            _CRITERIA.review_score,
        ),
        "merge_conflicts": Key(
            Only(
                value=False,
                why="what conflicts with base cannot be merged, so this cannot be turned off",
                hint="write false, or leave it out",
            ),
            "No conflicts with base; cannot be turned off.",
            default=False,
        ),
        "dependencies_merged": Key(
            Flag(), "Everything the PR depends on is merged; false turns it off.", _CRITERIA.dependencies_merged
        ),
        "approvals": Key(
            Whole(0), "How many people other than the author must approve; 0 turns it off.", _CRITERIA.approvals
        ),
    },
    _home,
)

_AUTO_MERGE = Record(
    {
        "conditions": Key(
            Conditions(_CONDITIONS), "What a PR must fulfil; a condition that is not listed keeps its default."
        ),
        "protected_paths": Key(
            ListOf(Text(PATH_GLOB)),
            "Globs; a PR that touches one needs an approval by a person with maintain or admin right.",
            list(_CRITERIA.protected_paths),
            examples=(["infra/**", "*.lock"],),
        ),
    },
    _home,
)

_CHECK_KEYS = Record(
    {
        "required": Key(
            ListOf(Text(NAME_GLOB)),
            "Names or globs of checks that must have reported, besides what branch rules require.",
            list(_CHECKS.required),
            examples=(["build", "test / *"],),
        ),
        "ignore": Key(
            ListOf(Text(NAME_GLOB)),
            "Names or globs of checks that never count.",
            list(_CHECKS.ignore),
            examples=(["codecov/*"],),
        ),
        "allow_none": Key(Flag(), "Whether a PR with no check at all may pass.", _CHECKS.allow_none),
        "dispatch": Key(
            ListOf(Text(WORKFLOW)),
            "Workflow files to start on a branch the bot has pushed, where its pushes start no CI.",
            list(_CHECKS.dispatch),
            examples=(["ci.yml"],),
        ),
        "command": Key(
            OrNull(Text(COMMAND)),
            "Local mode: the test command, run in a throw-away work tree of the merged result.",
            examples=("make test",),
        ),
    },
    _home,
)

_QUEUE_KEYS = Record(
    {
        "strategy": Key(
            Choice(Strategy, {Strategy.TRAIN: "the strategy `train` is not built yet"}),
            "How a PR reaches base.",
            _QUEUE.strategy.value,
        ),
        "label": Key(Text(NAME), "The label that requests a merge.", _QUEUE.label),
        "hold_label": Key(Text(NAME), "The label that holds a PR back.", _QUEUE.hold_label),
        "auto_agents": Key(Flag(), "Whether an agent's PR is requested without the label.", _QUEUE.auto_agents),
        "waves": Key(
            Choice(Waves),
            "What merge_order means: a preference among PRs that are ready, or a barrier.",
            _QUEUE.waves.value,
        ),
        "priority_labels": Key(
            MapOf(NAME, Whole()),
            "Labels and their priority; the highest of a PR's counts, and its dependencies inherit it.",
            dict(_QUEUE.priority_labels),
        ),
        "freeze_label": Key(
            Text(NAME), "An open issue with this label pauses the queue; its title is the reason.", _QUEUE.freeze_label
        ),
    },
    _home,
)

_REBASE_KEYS = Record(
    {
        "dependents": Key(Flag(), "Rebase the dependents of what was merged.", _REBASE.dependents),
        "always": Key(
            Flag(), "Strategy rebase: rebase every PR that is behind, not only those that overlap.", _REBASE.always
        ),
        "union_paths": Key(
            ListOf(Text(PATH_GLOB)),
            "Globs of files in which both sides' lines are kept.",
            list(_REBASE.union_paths),
            examples=(["docs/ACTIVE_SESSIONS.md"],),
        ),
    },
    _home,
)

ROOT = Record(
    {
        "version": Key(
            Only(value=1, why="this mergebot reads version 1 of the config", hint="write 1"),
            "The version of the config's format.",
            1,
        ),
        "base": Key(
            OrNull(Text(BRANCH)),
            "The branch that is merged into; null: the repository's default branch.",
            examples=("main",),
        ),
        "dependencies": Key(
            OrNull(Text(PATH)),
            "The dependency file, from the repository's root; null: the first of the usual places that exists.",
            examples=(".agent-coordination/dependencies.json",),
        ),
        "auto_merge": Key(_AUTO_MERGE, "What a PR must fulfil."),
        "checks": Key(_CHECK_KEYS, "Which checks count."),
        "review_score": Key(
            Record(
                {
                    "sources": Key(
                        ListOf(Choice(ScoreSource), distinct=True),
                        "Where scores are read, in order of trust; the first that speaks on the current patch decides.",
                        [source.value for source in ScoreSource],
                    )
                },
                _home,
            ),
            "Where review scores come from.",
        ),
        "queue": Key(_QUEUE_KEYS, "Who is in the queue, and in which order it goes."),
        "rebase": Key(_REBASE_KEYS, "Which branches the bot rebases."),
        "agents": Key(
            Record(
                {
                    "trusted_authors": Key(
                        ListOf(Text(LOGIN)),
                        "Logins whose PR bodies count as if they had write access.",
                        [],
                        examples=(["my-agents[bot]"],),
                    )
                },
                _home,
            ),
            "Whose word counts.",
        ),
        "cleanup": Key(
            Record(
                {
                    "delete_branch": Key(Flag(), "Delete a merged head branch.", _CLEANUP.delete_branch),
                    "keep_branches": Key(
                        ListOf(Text(BRANCH_GLOB)),
                        "Branches or globs that are never deleted and never a stack's parent.",
                        list(_CLEANUP.keep_branches),
                    ),
                },
                _home,
            ),
            "Which branches the bot deletes.",
        ),
    },
    _home,
)
"""The whole config."""

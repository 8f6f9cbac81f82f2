"""Every code a finding of `mergebot doctor` can have. Codes are stable; `docs/doctor.md` has a section for each."""

from enum import StrEnum


class Code(StrEnum):
    """`area.finding`."""

    TOKEN_KIND = "token.kind"  # noqa: S105 (a code)
    TOKEN_STARTS_NO_CI = "token.starts_no_ci"  # noqa: S105 (a code)
    TOKEN_LACKS_RIGHTS = "token.lacks_rights"  # noqa: S105 (a code)
    TOKEN_LACKS_WORKFLOWS = "token.lacks_workflows"  # noqa: S105 (a code)
    TOKEN_IS_PERSON = "token.is_person"  # noqa: S105 (a code)
    TOKEN_EXPIRES = "token.expires"  # noqa: S105 (a code)
    TOKEN_UNPROVED = "token.unproved"  # noqa: S105 (a code)

    SETTINGS_ARCHIVED = "settings.archived"
    SETTINGS_DISABLED = "settings.disabled"
    SETTINGS_NO_SQUASH = "settings.no_squash"
    SETTINGS_DELETES_HEADS = "settings.deletes_heads"
    SETTINGS_NO_ISSUES = "settings.no_issues"
    SETTINGS_UNSEEN = "settings.unseen"

    ACTIONS_DISABLED = "actions.disabled"
    ACTIONS_RESTRICTED = "actions.restricted"
    ACTIONS_UNSEEN = "actions.unseen"

    RULES_MERGE_QUEUE = "rules.merge_queue"
    RULES_NO_SQUASH = "rules.no_squash"
    RULES_OWN_CHECK = "rules.own_check"
    RULES_CHECK_NEVER_SEEN = "rules.check_never_seen"
    RULES_CHECK_OTHER_APP = "rules.check_other_app"
    RULES_CHECKS_UNSEEN = "rules.checks_unseen"
    RULES_SIGNATURES = "rules.signatures"
    RULES_LAST_PUSH = "rules.last_push"
    RULES_MORE_APPROVALS = "rules.more_approvals"
    RULES_CODE_OWNERS = "rules.code_owners"
    RULES_STRICT = "rules.strict"
    RULES_STRICT_UNSEEN = "rules.strict_unseen"
    RULES_UPDATES = "rules.updates"
    RULES_OTHER_GATES = "rules.other_gates"
    RULES_HEADS_LOCKED = "rules.heads_locked"
    RULES_HEADS_KEPT = "rules.heads_kept"
    RULES_UNSEEN = "rules.unseen"

    WORKFLOW_MISSING = "workflow.missing"
    WORKFLOW_DISABLED = "workflow.disabled"
    WORKFLOW_BROKEN = "workflow.broken"
    WORKFLOW_TRIGGERS = "workflow.triggers"
    WORKFLOW_TYPES = "workflow.types"
    WORKFLOW_RUN_NAMES = "workflow.run_names"
    WORKFLOW_NOT_WOKEN = "workflow.not_woken"
    WORKFLOW_CANCELS = "workflow.cancels"
    WORKFLOW_NO_GROUP = "workflow.no_group"
    WORKFLOW_RIGHTS = "workflow.rights"
    WORKFLOW_IDLE = "workflow.idle"
    WORKFLOW_UNSEEN = "workflow.unseen"

    CI_NONE = "ci.none"
    CI_BRANCHES = "ci.branches"
    CI_TYPES = "ci.types"
    CI_PATHS = "ci.paths"
    CI_DISPATCH = "ci.dispatch"
    CI_SKIPPED = "ci.skipped"

    FLEET_NO_DEPENDENCIES = "fleet.no_dependencies"
    FLEET_ONE_ACCOUNT = "fleet.one_account"
    FLEET_BOT_AUTHOR = "fleet.bot_author"
    FLEET_UNKNOWN_AGENT = "fleet.unknown_agent"
    FLEET_NO_BRANCH = "fleet.no_branch"
    FLEET_UNTRUSTED = "fleet.untrusted"
    FLEET_NO_SCORES = "fleet.no_scores"
    FLEET_NATIVE_STACK = "fleet.native_stack"
    FLEET_FORKS = "fleet.forks"
    FLEET_LABELS = "fleet.labels"
    FLEET_FROZEN = "fleet.frozen"

    QUEUE_PROBLEM = "queue.problem"
    QUEUE_SILENT = "queue.silent"
    ENV_OLD_GIT = "env.old_git"
    ENV_CLOCK = "env.clock"

    LOCAL_NO_STATUS = "local.no_status"
    LOCAL_NO_TESTS = "local.no_tests"

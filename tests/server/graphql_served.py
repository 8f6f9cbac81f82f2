"""Every GraphQL type that the test server answers, with its fields."""

from collections.abc import Mapping
from typing import Any

from tests.server.graphql_checks import (
    CHECK_RUN,
    CHECK_SUITE,
    CONTEXT_CONNECTION,
    ROLLUP,
    STATUS,
    STATUS_CONTEXT,
    WORKFLOW,
    WORKFLOW_RUN,
)
from tests.server.graphql_commits import BLOB, BRANCH_PROTECTION_RULE, COMMIT, GIT_ACTOR, REF, REF_UPDATE_RULE, TREE
from tests.server.graphql_issues import COMMENT, ISSUE, LABEL, REACTION_GROUP
from tests.server.graphql_pages import CONNECTION, EDGE, PAGE_INFO
from tests.server.graphql_people import ACTOR, APP, ORGANIZATION, USER
from tests.server.graphql_pulls import (
    AUTO_MERGE_REQUEST,
    BASE_CHANGED,
    BASE_CHANGED_BY_GITHUB,
    BASE_DELETED,
    BASE_REWRITTEN,
    PULL_REQUEST,
    PULL_REQUEST_COMMIT,
    REVIEW,
    REVIEW_REQUEST,
)
from tests.server.graphql_repository import COLLABORATOR_EDGE, QUERY, RATE_LIMIT, REPOSITORY
from tests.server.graphql_rules import CHECK_CONFIGURATION, CHECK_PARAMETERS, PULL_PARAMETERS, RULE, RULESET
from tests.server.graphql_serving import Fields

OBJECTS: Mapping[str, Fields[Any]] = {
    "App": APP,
    "AutoMergeRequest": AUTO_MERGE_REQUEST,
    "AutomaticBaseChangeSucceededEvent": BASE_CHANGED_BY_GITHUB,
    "BaseRefChangedEvent": BASE_CHANGED,
    "BaseRefDeletedEvent": BASE_DELETED,
    "BaseRefForcePushedEvent": BASE_REWRITTEN,
    "Blob": BLOB,
    "Bot": ACTOR,
    "BranchProtectionRule": BRANCH_PROTECTION_RULE,
    "CheckRun": CHECK_RUN,
    "CheckSuite": CHECK_SUITE,
    "Commit": COMMIT,
    "GitActor": GIT_ACTOR,
    "Issue": ISSUE,
    "IssueComment": COMMENT,
    "Label": LABEL,
    "Organization": ORGANIZATION,
    "PageInfo": PAGE_INFO,
    "PullRequest": PULL_REQUEST,
    "PullRequestCommit": PULL_REQUEST_COMMIT,
    "PullRequestParameters": PULL_PARAMETERS,
    "PullRequestReview": REVIEW,
    "Query": QUERY,
    "RateLimit": RATE_LIMIT,
    "ReactionGroup": REACTION_GROUP,
    "Ref": REF,
    "RefUpdateRule": REF_UPDATE_RULE,
    "Repository": REPOSITORY,
    "RepositoryCollaboratorEdge": COLLABORATOR_EDGE,
    "RepositoryRule": RULE,
    "RepositoryRuleset": RULESET,
    "RequiredStatusChecksParameters": CHECK_PARAMETERS,
    "ReviewRequest": REVIEW_REQUEST,
    "Status": STATUS,
    "StatusCheckConfiguration": CHECK_CONFIGURATION,
    "StatusCheckRollup": ROLLUP,
    "StatusCheckRollupContextConnection": CONTEXT_CONNECTION,
    "StatusContext": STATUS_CONTEXT,
    "Tree": TREE,
    "User": USER,
    "Workflow": WORKFLOW,
    "WorkflowRun": WORKFLOW_RUN,
}
"""By GitHub's names. Connections and edges that need no more than the usual fields are not listed."""


def fields_of(name: str) -> Fields[Any]:
    """The fields of an object type that are served; empty: nobody serves it."""
    if name in OBJECTS:
        return OBJECTS[name]
    if name.endswith("Connection"):
        return CONNECTION
    return EDGE if name.endswith("Edge") else {}

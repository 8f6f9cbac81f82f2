"""Rules of rulesets in GraphQL."""

from typing import Any

from tests.server.graphql_pages import Listing
from tests.server.graphql_serving import Args, Fields, Item
from tests.server.state import Rule, Ruleset, node_id

Found = tuple[Ruleset, Rule]


def rules(ref: Item[str], _args: Args) -> Listing:
    """The active rules of rulesets for a branch; those of classic protection are not among them."""
    branch = ref.it.removeprefix("refs/heads/")
    found = ref.repo.rules(branch) if branch != ref.it else []
    return Listing(
        [ref.of("RepositoryRule", (number, entry)) for number, entry in enumerate(found)],
        lambda rule: (rule.it[0],),
    )


def parameters(rule: Item[tuple[int, Found]]) -> Item[dict[str, Any]] | None:
    """What a rule demands in detail: null for a rule that has no parameters."""
    kinds = {
        "required_status_checks": "RequiredStatusChecksParameters",
        "pull_request": "PullRequestParameters",
    }
    _, (_, inner) = rule.it
    return rule.of(kinds[inner.type], inner.parameters) if inner.type in kinds else None


def required_checks(rule: Item[dict[str, Any]]) -> list[Item[dict[str, Any]]]:
    """The checks that a rule of this type names."""
    return [rule.of("StatusCheckConfiguration", check) for check in rule.it["required_status_checks"]]


RULE: Fields[tuple[int, Found]] = {
    "id": lambda rule: node_id("RR", rule.it[1][0].id * 100 + rule.it[0]),
    "type": lambda rule: rule.it[1][1].type.upper(),
    "parameters": parameters,
    "repositoryRuleset": lambda rule: rule.of("RepositoryRuleset", rule.it[1][0]),
}

RULESET: Fields[Ruleset] = {
    "id": lambda ruleset: node_id("RRS", ruleset.it.id),
    "databaseId": lambda ruleset: ruleset.it.id,
    "name": lambda ruleset: ruleset.it.name,
    "enforcement": lambda ruleset: ruleset.it.enforcement.upper(),
}

CHECK_PARAMETERS: Fields[dict[str, Any]] = {
    "strictRequiredStatusChecksPolicy": lambda rule: rule.it.get("strict_required_status_checks_policy", False),
    "requiredStatusChecks": required_checks,
}

CHECK_CONFIGURATION: Fields[dict[str, Any]] = {
    "context": lambda check: check.it["context"],
    "integrationId": lambda check: check.it.get("integration_id"),
}

PULL_PARAMETERS: Fields[dict[str, Any]] = {
    "allowedMergeMethods": lambda rule: rule.it.get("allowed_merge_methods"),
    "dismissStaleReviewsOnPush": lambda rule: rule.it.get("dismiss_stale_reviews_on_push", False),
    "requireCodeOwnerReview": lambda rule: rule.it.get("require_code_owner_review", False),
    "requireLastPushApproval": lambda rule: rule.it.get("require_last_push_approval", False),
    "requiredApprovingReviewCount": lambda rule: rule.it.get("required_approving_review_count", 0),
    "requiredReviewThreadResolution": lambda rule: rule.it.get("required_review_thread_resolution", False),
}

"""The GraphQL that mergebot reads by: what is asked of one PR, and the documents around it.

Nothing of a stranger's (a login, a branch, a label) is ever put into a document: it goes as a variable. Fields that
an old GitHub Enterprise Server lacks would fail the whole query, so only what is needed is asked for.
"""

from collections.abc import Sequence
from typing import Final

PAGE: Final = 25
"""Open PRs in one page: GitHub gives up on a query after ten seconds, and charges for that."""

WINDOW: Final = 100
"""Merged PRs that every reading looks at, the ones last updated."""

CONTEXTS: Final = """\
totalCount
pageInfo { hasNextPage endCursor }
nodes {
  __typename
  ... on CheckRun {
    databaseId name status conclusion startedAt detailsUrl
    checkSuite {
      databaseId
      app { databaseId slug }
      workflowRun { databaseId event workflow { name resourcePath } }
    }
  }
  ... on StatusContext { context state createdAt targetUrl description }
}"""

SUITES: Final = """\
totalCount
pageInfo { hasNextPage endCursor }
nodes {
  databaseId status conclusion
  app { databaseId slug }
  workflowRun { databaseId event url workflow { name resourcePath } }
}"""

REVIEWS: Final = """\
totalCount
pageInfo { hasPreviousPage startCursor }
nodes {
  state body submittedAt lastEditedAt authorAssociation authorCanPushToRepository
  author { __typename login }
  editor { __typename login }
  commit { oid }
  url
}"""

COMMENTS: Final = """\
totalCount
pageInfo { hasPreviousPage startCursor }
nodes {
  databaseId body url createdAt lastEditedAt authorAssociation
  author { __typename login }
  editor { __typename login }
  reactionGroups { content viewerHasReacted }
}"""

LAST_COMMENTS: Final = 30
"""Comments on a PR in which a command is looked for, the newest; of older ones, those of the last `RECENT` seconds."""

RECENT: Final = 86_400.0

LABELS: Final = """\
totalCount
pageInfo { hasNextPage endCursor }
nodes { name }"""

BASES: Final = """\
pageInfo { hasPreviousPage }
nodes {
  __typename
  ... on BaseRefChangedEvent { createdAt previousRefName actor { __typename login } }
  ... on AutomaticBaseChangeSucceededEvent { createdAt oldBase actor { __typename login } }
  ... on BaseRefForcePushedEvent { createdAt actor { __typename login } }
  ... on BaseRefDeletedEvent { createdAt actor { __typename login } }
}"""

ENDED: Final = """\
fragment Ended on PullRequest {
  number title body state
  author { __typename login }
  authorAssociation
  baseRefName headRefName headRefOid isCrossRepository
  headRef { refUpdateRule { allowsDeletions } }
  mergedAt
  mergedBy { __typename login }
  mergeCommit { oid }
  labels(first: 50) { totalCount pageInfo { hasNextPage endCursor } nodes { name } }
  commits(last: 1) { nodes { commit { oid status { context(name: "mergebot") { state description } } } } }
}"""
"""A PR that is no longer open."""

PULL: Final = f"""\
fragment Pull on PullRequest {{
  number title body state isDraft
  author {{ __typename login }}
  authorAssociation
  baseRefName headRefName headRefOid isCrossRepository
  headRef {{ refUpdateRule {{ allowsForcePushes allowsDeletions viewerCanPush }} }}
  mergeStateStatus reviewDecision isMergeQueueEnabled
  mergedAt
  mergedBy {{ __typename login }}
  mergeCommit {{ oid }}
  labels(first: 50) {{ {LABELS} }}
  reviews(last: 30) {{ {REVIEWS} }}
  comments(last: {LAST_COMMENTS}) {{ {COMMENTS} }}
  timelineItems(
    last: 20
    itemTypes: [
      BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT
      BASE_REF_FORCE_PUSHED_EVENT, BASE_REF_DELETED_EVENT
    ]
  ) {{ {BASES} }}
  commits(last: 1) {{
    nodes {{
      commit {{
        oid committedDate
        author {{ email user {{ login }} }}
        committer {{ email }}
        statusCheckRollup {{ contexts(first: 100) {{ {CONTEXTS} }} }}
        checkSuites(first: 30) {{ {SUITES} }}
      }}
    }}
  }}
}}"""
"""An open PR, with everything that it is judged on as far as it fits into one page."""

FIRST: Final = (
    """\
query MergebotQueue(
  $owner: String!, $name: String!, $base: String!, $freeze: String!, $size: Int!, $window: Int!
) {
  viewer { login databaseId }
  repository(owner: $owner, name: $name) {
    nameWithOwner isArchived isDisabled isPrivate squashMergeAllowed deleteBranchOnMerge
    owner { __typename login }
    ref(qualifiedName: $base) { refUpdateRule { requiredStatusCheckContexts requiresSignatures } }
    issues(labels: [$freeze], states: [OPEN], first: 20) { totalCount nodes { number title } }
    merged: pullRequests(
      states: [MERGED], first: $window, orderBy: { field: UPDATED_AT, direction: DESC }
    ) { nodes { ...Ended } }
    open: pullRequests(states: [OPEN], first: $size, orderBy: { field: CREATED_AT, direction: ASC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...Pull }
    }
  }
}
"""
    f"{PULL}\n{ENDED}\n"
)
"""The first page of open PRs, with what is asked once."""

NEXT: Final = (
    """\
query MergebotPage($owner: String!, $name: String!, $size: Int!, $cursor: String!) {
  repository(owner: $owner, name: $name) {
    open: pullRequests(
      states: [OPEN], first: $size, after: $cursor, orderBy: { field: CREATED_AT, direction: ASC }
    ) {
      pageInfo { hasNextPage endCursor }
      nodes { ...Pull }
    }
  }
}
"""
    f"{PULL}\n"
)

# What is asked about single things; `{}` stands for a variable. See `asking.py`.

ONE_PULL: Final = "pullRequest(number: {}) { ...Pull }"
ANY_NUMBER: Final = "issueOrPullRequest(number: {}) { __typename ...Ended }"
BY_BRANCH: Final = """\
pullRequests(
  headRefName: {}, states: [MERGED, CLOSED], first: 5, orderBy: { field: UPDATED_AT, direction: DESC }
) { nodes { ...Ended } }"""
BY_LABEL: Final = """\
pullRequests(
  labels: [{}], states: [MERGED, CLOSED], first: 5, orderBy: { field: UPDATED_AT, direction: DESC }
) { nodes { ...Ended } }"""
COLLABORATOR: Final = "collaborators(login: {}, first: 1) { edges { permission node { login } } }"
FREEZES: Final = "issues(labels: [{}], states: [OPEN], first: 20) { totalCount nodes { number title } }"
MORE_LABELS: Final = f"pullRequest(number: {{}}) {{ labels(first: 100, after: {{}}) {{ {LABELS} }} }}"
MORE_REVIEWS: Final = f"pullRequest(number: {{}}) {{ reviews(last: 100, before: {{}}) {{ {REVIEWS} }} }}"
MORE_COMMENTS: Final = f"pullRequest(number: {{}}) {{ comments(last: 100, before: {{}}) {{ {COMMENTS} }} }}"
MORE_CONTEXTS: Final = f"""\
object(oid: {{}}) {{
  ... on Commit {{ statusCheckRollup {{ contexts(first: 100, after: {{}}) {{ {CONTEXTS} }} }} }}
}}"""
MORE_SUITES: Final = f"object(oid: {{}}) {{ ... on Commit {{ checkSuites(first: 100, after: {{}}) {{ {SUITES} }} }} }}"


def document(fields: Sequence[str], types: Sequence[str], fragments: Sequence[str]) -> str:
    """A document that asks a repository for these fields; `types` of the variables `$v0`, `$v1`, … in them."""
    variables = "".join(f", $v{number}: {kind}" for number, kind in enumerate(types))
    inside = "\n".join(fields)
    head = f"query MergebotLookup($owner: String!, $name: String!{variables}) {{\n"
    body = f"repository(owner: $owner, name: $name) {{\n{inside}\n}}\n}}\n"
    return head + body + "\n".join(fragments)

"""Commits, trees, blobs and refs in GraphQL."""

from dataclasses import dataclass

from tests.server.graphql_checks import posted, rollup, suites
from tests.server.graphql_pages import Listing, connection
from tests.server.graphql_rules import rules
from tests.server.graphql_serving import Args, Fields, Item, moment
from tests.server.state import Protection, Repository, node_id
from tests.server.store import Commit


@dataclass(frozen=True)
class Signature:
    """Who wrote or committed something, as `Name <email>`, and when (UTC seconds)."""

    who: str
    when: int

    @property
    def name(self) -> str:
        return self.who.partition(" <")[0]

    @property
    def email(self) -> str:
        return self.who.partition(" <")[2].removesuffix(">")


def content(commit: Item[str]) -> Commit:
    """What git says of a commit."""
    return commit.ctx.store(commit.repo).commit(commit.it)


def git_object(repo: Item[Repository], args: Args) -> Item[str] | None:
    """`object(oid:)` or `object(expression:)`: null if there is none."""
    name = args.get("oid") or args.get("expression") or ""
    line = f"{name}\n".encode()
    found = repo.ctx.store(repo.repo).git("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=line).split()
    return None if "missing" in found or len(found) != 2 else repo.of(found[0].capitalize(), found[1])


def author(commit: Item[str]) -> Item[Signature]:
    """Who wrote it."""
    return commit.of("GitActor", Signature(content(commit).author, content(commit).authored_at))


def committer(commit: Item[str]) -> Item[Signature]:
    """Who committed it."""
    return commit.of("GitActor", Signature(content(commit).committer, content(commit).committed_at))


def ref(repo: Item[Repository], name: str) -> Item[str] | None:
    """A ref by its name, `refs/heads/` may be left out; null if there is none."""
    full = name if name.startswith("refs/") else f"refs/heads/{name}"
    return repo.of("Ref", full) if full in repo.repo.refs else None


def parents(commit: Item[str], _args: Args) -> Listing:
    """The parents, in their order."""
    found = content(commit).parents
    return Listing([commit.of("Commit", parent) for parent in found], lambda parent: (found.index(parent.it),))


def _short(found: Item[str]) -> str:
    return found.it.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _is_branch(found: Item[str]) -> bool:
    return found.it.startswith("refs/heads/")


def update_rule(found: Item[str]) -> Item[Protection] | None:
    """The classic rule for a branch, as everyone may see it; null where there is none."""
    rule = found.repo.protection(_short(found)) if _is_branch(found) else None
    return None if rule is None else found.of("RefUpdateRule", rule)


def protection_rule(found: Item[str]) -> Item[Protection] | None:
    """The classic rule for a branch as administrators see it."""
    rule = found.repo.protection(_short(found)) if _is_branch(found) else None
    if rule is None:
        return None
    if found.ctx.token.kind != "pat" and not found.ctx.token.rights.get("administration"):
        raise found.ctx.forbidden()
    return found.of("BranchProtectionRule", rule) if found.ctx.is_level(found.repo, "admin") else None


def _may_push(rule: Item[Protection]) -> bool:
    allowed = rule.it.push_logins
    return rule.ctx.may_push(rule.repo) and (allowed is None or rule.ctx.token.login in allowed)


def _user(who: Item[Signature]) -> object:
    local = who.it.email.partition("@")[0].rpartition("+")[2]
    found = who.ctx.state.user(local) if "noreply" in who.it.email else None
    return None if found is None or found.kind != "User" else who.of("User", found)


COMMIT: Fields[str] = {
    "id": lambda commit: f"C_{commit.it}",
    "oid": lambda commit: commit.it,
    "abbreviatedOid": lambda commit: commit.it[:7],
    "commitUrl": lambda commit: f"{commit.page}/commit/{commit.it}",
    "url": lambda commit: f"{commit.page}/commit/{commit.it}",
    "message": lambda commit: content(commit).message.rstrip("\n"),
    "messageHeadline": lambda commit: content(commit).message.partition("\n")[0],
    "messageBody": lambda commit: content(commit).message.partition("\n")[2].strip("\n"),
    "committedDate": lambda commit: moment(content(commit).committed_at),
    "authoredDate": lambda commit: moment(content(commit).authored_at),
    "author": author,
    "committer": committer,
    "tree": lambda commit: commit.of("Tree", content(commit).tree),
    "parents": connection(parents),
    "status": posted,
    "statusCheckRollup": rollup,
    "checkSuites": connection(suites, "filterBy"),
}

GIT_ACTOR: Fields[Signature] = {
    "name": lambda who: who.it.name,
    "email": lambda who: who.it.email,
    "date": lambda who: moment(who.it.when),
    "user": _user,
}

TREE: Fields[str] = {"id": lambda tree: f"T_{tree.it}", "oid": lambda tree: tree.it}

BLOB: Fields[str] = {"id": lambda blob: f"B_{blob.it}", "oid": lambda blob: blob.it}

REF: Fields[str] = {
    "id": lambda found: f"REF_{found.repo.id}_{found.it}",
    "name": _short,
    "prefix": lambda found: found.it.removesuffix(_short(found)),
    "target": lambda found: found.of("Commit", found.repo.refs[found.it]),
    "refUpdateRule": update_rule,
    "branchProtectionRule": protection_rule,
    "rules": connection(rules, "orderBy"),
}

REF_UPDATE_RULE: Fields[Protection] = {
    "pattern": lambda rule: rule.it.pattern,
    "requiredStatusCheckContexts": lambda rule: list(rule.it.required_checks),
    "requiredApprovingReviewCount": lambda rule: rule.it.approvals or None,
    "requiresCodeOwnerReviews": lambda rule: rule.it.code_owners,
    "requiresConversationResolution": lambda rule: rule.it.conversations,
    "requiresLinearHistory": lambda rule: rule.it.linear,
    "requiresSignatures": lambda rule: rule.it.signatures,
    "allowsForcePushes": lambda rule: rule.it.force_pushes,
    "allowsDeletions": lambda rule: rule.it.deletions,
    "viewerCanPush": _may_push,
}

BRANCH_PROTECTION_RULE: Fields[Protection] = {
    "id": lambda rule: node_id("BPR", rule.it.id),
    "pattern": lambda rule: rule.it.pattern,
    "allowsForcePushes": lambda rule: rule.it.force_pushes,
    "allowsDeletions": lambda rule: rule.it.deletions,
    "requiredStatusCheckContexts": lambda rule: list(rule.it.required_checks),
    "requiredApprovingReviewCount": lambda rule: rule.it.approvals or None,
    "requiresApprovingReviews": lambda rule: rule.it.approvals > 0,
    "requiresStrictStatusChecks": lambda rule: rule.it.strict,
    "dismissesStaleReviews": lambda rule: rule.it.dismiss_stale,
    "restrictsPushes": lambda rule: rule.it.push_logins is not None,
}

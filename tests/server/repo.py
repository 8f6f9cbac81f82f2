"""A repository as tests see it: what people do in it, and what time does."""

from collections.abc import Sequence

from mergebot.model.ids import Sha
from tests.server import ci, people, pulls
from tests.server.repo_git import BareRepo
from tests.server.state import (
    CheckRun,
    Comment,
    Issue,
    Level,
    Protection,
    PullRequest,
    Repository,
    Review,
    Rule,
    Ruleset,
    Stack,
    Status,
    Workflow,
)


class Repo(BareRepo):
    """The verbs of people, and of the platform."""

    def fork(self, full_name: str) -> "Repo":
        """A fork, with all branches of this moment."""
        with self.hub.lock:
            owner, _, name = full_name.partition("/")
            self.hub.state.user(owner) or self.hub.user(owner)
            data = Repository(
                id=self.hub.state.new_id(),
                owner=owner,
                name=name,
                default=self.data.default,
                created_at=self.hub.clock(),
                parent=self.full_name,
            )
            self.hub.state.repositories[full_name] = data
            fork = self.hub.repos[full_name] = Repo(self.hub, data)
            data.workflows.clear()
            fork.create({}, clone_of=self.path)
            return fork

    # Pull requests and issues

    def open_pull(  # noqa: PLR0913 (what a PR has)
        self,
        branch: str,
        *,
        base: str | None = None,
        title: str = "",
        body: str | None = "",
        author: str = "ada",
        labels: Sequence[str] = (),
        draft: bool = False,
        fork: str | None = None,
        maintainer_can_modify: bool = False,
    ) -> PullRequest:
        """Open a PR from a branch that exists, here or in a `fork`."""
        with self.hub.lock:
            options = {"title": title or f"Change {branch}", "body": body, "draft": draft}
            pull = people.open_pull(
                self.hub, self.data, branch, base or self.data.default, author, fork=fork, options=options
            )
            pull.maintainer_can_modify = maintainer_can_modify
            for label in labels:
                people.label(self.hub, self.data, pull, label)
            return pull

    def issue(self, title: str, labels: Sequence[str] = (), *, body: str = "", author: str = "ada") -> Issue:
        """Open an issue."""
        with self.hub.lock:
            issue = people.open_issue(self.hub, self.data, title, body, author)
            for label in labels:
                people.label(self.hub, self.data, issue, label)
            return issue

    def pull(self, number: int) -> PullRequest:
        """A PR that exists."""
        found = self.data.pull(number)
        if found is None:
            raise KeyError(number)
        return found

    def label(self, number: int, name: str) -> None:
        with self.hub.lock:
            people.label(self.hub, self.data, self.data.issues[number], name)

    def unlabel(self, number: int, name: str) -> None:
        with self.hub.lock:
            people.unlabel(self.hub, self.data.issues[number], name)

    def edit(
        self,
        number: int,
        *,
        by: str = "ada",
        title: str | None = None,
        body: str | None = None,
        draft: bool | None = None,
        base: str | None = None,
    ) -> None:
        """Somebody edits an issue or a PR on the web site."""
        with self.hub.lock:
            issue = self.data.issues[number]
            people.edit(self.hub, issue, by=by, title=title, body=body)
            if isinstance(issue, PullRequest):
                issue.draft = issue.draft if draft is None else draft
                if base is not None:
                    pulls.retarget(self.hub, self.data, issue, base, by=by)

    def close(self, number: int, *, by: str = "ada") -> None:
        """Close an issue or a PR, unmerged."""
        with self.hub.lock:
            people.close(self.hub, self.data.issues[number], by=by)

    def reopen(self, number: int, *, by: str = "ada") -> None:
        with self.hub.lock:
            pulls.reopen(self.hub, self.data, self.pull(number), by=by, runs=True)

    def merge(self, number: int, *, by: str = "ada", method: str = "squash") -> Sha:
        """Somebody merges a PR by the web site, with the message that GitHub proposes."""
        with self.hub.lock:
            return people.merge(self.hub, self.data, self.pull(number), by=by, method=method)

    def review(
        self,
        number: int,
        *,
        by: str,
        state: str = "APPROVED",
        body: str = "",
        commit: str | None = None,
    ) -> Review:
        """Review a PR, on its present head or on another commit."""
        with self.hub.lock:
            return people.review(self.hub, self.pull(number), by=by, state=state, body=body, commit=commit)

    def edit_review(self, review: Review, body: str, *, by: str) -> None:
        """Somebody changes the text of a review: its author, or anyone who may write (platform)."""
        with self.hub.lock:
            review.body, review.editor, review.edited_at = body, by, self.hub.clock()

    def comment(self, number: int, body: str, *, by: str = "ada") -> Comment:
        """Comment on an issue or a PR."""
        with self.hub.lock:
            insider = self.hub.state.can(self.data, by, "write")
            return people.comment(self.hub, self.data.issues[number], body, by=by, insider=insider)

    def edit_comment(self, comment: Comment, body: str, *, by: str) -> None:
        """Somebody changes the text of a comment: its author, or anyone who may write (platform)."""
        with self.hub.lock:
            people.edit_comment(self.hub, comment, body, by=by)

    def delete_comment(self, comment: Comment) -> None:
        """Somebody deletes a comment."""
        with self.hub.lock:
            self.data.issues[comment.issue].comments.remove(comment)

    def react(self, comment: Comment, content: str, *, by: str) -> None:
        """Somebody reacts to a comment, by REST's names: `+1`, `-1`, `confused`."""
        with self.hub.lock:
            people.react(self.hub, self.data.issues[comment.issue], comment, content, by=by)

    def reactions(self, comment: Comment, *, by: str = "mergebot[bot]") -> list[str]:
        """How an account has reacted to a comment, in order."""
        return [one.content for one in comment.reactions if one.login == by]

    def lock_conversation(self, number: int) -> None:
        """Let only people with write access comment on an issue or a PR, and nobody react."""
        with self.hub.lock:
            self.data.issues[number].locked = True

    # What the platform is told, and does

    def grant(self, login: str, permission: Level) -> None:
        """Let an account do this much here."""
        with self.hub.lock:
            self.hub.state.user(login) or self.hub.user(login)
            self.data.permissions[login] = permission

    def protect(self, protection: Protection) -> None:
        """Add a classic protection rule."""
        with self.hub.lock:
            self.data.protections.append(protection)

    def rule(
        self, *rules: Rule, include: tuple[str, ...] | None = None, name: str = "rules", bypass: tuple[str, ...] = ()
    ) -> Ruleset:
        """Add a ruleset, for the default branch unless `include` says others."""
        with self.hub.lock:
            ruleset = Ruleset(
                id=self.hub.state.new_id(),
                name=name,
                rules=list(rules),
                include=include or (self.data.default,),
                bypass=bypass,
            )
            self.data.rulesets.append(ruleset)
            return ruleset

    def status(
        self, sha: str, context: str, state: str = "success", description: str | None = None, *, by: str = "ada"
    ) -> Status:
        """Somebody sets a commit status."""
        with self.hub.lock:
            return people.set_status(self.hub, self.data, sha, context, state, description, by=by)

    def workflow(
        self,
        name: str,
        file: str,
        says: ci.Ci = ci.passes,
        *,
        events: tuple[str, ...] = ("pull_request", "push", "workflow_dispatch"),
    ) -> Workflow:
        """One more workflow, with what it says of files."""
        with self.hub.lock:
            made = Workflow(self.hub.state.new_id(), name, f".github/workflows/{file}", events)
            self.data.workflows.append(made)
            self.own_ci[made.id] = says
            return made

    def check(self, sha: str, name: str, conclusion: str | None = "success", *, app: str = "checker") -> CheckRun:
        """Another app than Actions reports a check run; `conclusion` None: it is queued."""
        with self.hub.lock:
            known = next((one.id for one in self.hub.state.apps.values() if one.slug == app), None)
            number = known or self.hub.app(app, public_key="").id
            return ci.report(self.hub, self.data, sha, name, conclusion, app=number)

    def rerun(self, sha: str, name: str, conclusion: str = "success") -> CheckRun:
        """Somebody runs a check again, and this is what comes of it."""
        with self.hub.lock:
            return ci.rerun(self.hub, self.data, sha, name, conclusion)

    def stack(self, numbers: Sequence[int]) -> Stack:
        """Make PRs a native stack, from the bottom to the top; each must be based on the one below it."""
        with self.hub.lock:
            return people.stack(self.hub, self.data, numbers)

    def unstack(self, number: int) -> None:
        """Dissolve the native stack that a PR is in."""
        with self.hub.lock:
            self.data.stacks = [stack for stack in self.data.stacks if number not in stack.members]

    def tick(self) -> None:
        """Let CI take one step: queued, in progress, completed."""
        with self.hub.lock:
            ci.tick(self.hub, self.data)

    def finish_ci(self) -> None:
        """Let CI answer everything that it was asked."""
        with self.hub.lock:
            ci.finish(self.hub, self.data)

    def approve_runs(self, sha: str) -> None:
        """Let parked workflow runs of a head start."""
        with self.hub.lock:
            ci.approve(self.hub, self.data, sha)

"""The fleet: who opens the pull requests, for which agents, from where."""

from shlex import quote
from typing import Final

from mergebot.decide.agents import LABEL_PREFIX, guessed_branches
from mergebot.decide.body import read_said
from mergebot.decide.codes import Code as Reason
from mergebot.decide.patches import may_write
from mergebot.decide.words import listed
from mergebot.doctor.case import CONFIG, Case, Findings, closest, flow, note, numbers, unseen, warning
from mergebot.doctor.codes import Code
from mergebot.model.ids import AgentName
from mergebot.model.people import Permission
from mergebot.model.plan import CriterionName, Pass
from mergebot.model.policy import Policy
from mergebot.model.snapshot import PullRequest, Snapshot, Unknown

_FILE: Final = "dependencies.json"


def fleet_findings(case: Case) -> Findings:
    """What is odd about the agents and their pull requests."""
    yield from no_dependencies(case.snapshot, case.policy)
    yield from frozen(case.snapshot)
    yield from _accounts(case)
    yield from _unknown_agents(case)
    yield from _no_branch(case)
    yield from _untrusted(case)
    yield from _no_scores(case)
    yield from _far_away(case)
    yield from _labels(case)


def no_dependencies(snapshot: Snapshot, policy: Policy) -> Findings:
    """Without the file there are no agents (contract 2.1)."""
    files = {problem.where.partition(":")[0] for problem in snapshot.problems}
    is_told = policy.dependencies is not None or any(file.endswith(_FILE) for file in files)
    if not snapshot.dependencies.path and not is_told:
        yield note(
            code=Code.FLEET_NO_DEPENDENCIES,
            message="there is no dependencies.json, so no pull request is an agent's, and only the label requests one",
            where=snapshot.base.branch,
            remedy="`mergebot init` draws one from the open pull requests",
        )


def frozen(snapshot: Snapshot) -> Findings:
    """The queue is paused."""
    for reason in snapshot.frozen:
        yield warning(
            code=Code.FLEET_FROZEN,
            message=f"the queue is paused, and nothing merges: {reason}",
            where=snapshot.repository,
            remedy="do what it says, or close the issue that pauses it",
        )


def _of_agents(case: Case) -> list[PullRequest]:
    entries = case.entries
    return [pr for pr in case.snapshot.pull_requests if (found := entries.get(pr.number)) is not None and found.agent]


def _accounts(case: Case) -> Findings:
    pulls = _of_agents(case)
    mine = [pr for pr in pulls if pr.author.is_me]
    if mine:
        yield warning(
            code=Code.FLEET_BOT_AUTHOR,
            message=f"{numbers(mine)} are opened by mergebot's own account",
            where=mine[0].author.login,
            remedy="let agents open theirs with another account: with GITHUB_TOKEN their CI waits for a person",
        )
    authors = {pr.author.login.casefold() for pr in pulls}
    if len(authors) == 1 and len(pulls) > 1 and case.policy.criteria.approvals:
        can_be_approved = any(_is_approved(case, pr) for pr in pulls)
        yield (note if can_be_approved else warning)(
            code=Code.FLEET_ONE_ACCOUNT,
            message=f"{pulls[0].author.login} opens the pull requests of all agents, so that account can approve none",
            where=numbers(pulls),
            remedy="have another account with write access approve, or give reviewing agents one of their own",
        )


def _is_approved(case: Case, pr: PullRequest) -> bool:
    verdicts = (c.verdict for c in case.entries[pr.number].criteria if c.name is CriterionName.APPROVALS)
    return any(isinstance(verdict, Pass) for verdict in verdicts)


def _unknown_agents(case: Case) -> Findings:
    known = case.snapshot.dependencies.agents()
    if not known:
        return
    for pr in case.snapshot.pull_requests:
        labels = (label.removeprefix(LABEL_PREFIX) for label in sorted(pr.labels) if label.startswith(LABEL_PREFIX))
        said = () if pr.head.fork else read_said(pr.body).agents
        for name in dict.fromkeys((*labels, *said)):
            if name not in known:
                yield warning(
                    code=Code.FLEET_UNKNOWN_AGENT,
                    message=f"#{pr.number} names the agent `{name:.80}`, which is not known{closest(name, known)}",
                    where=case.snapshot.dependencies.path,
                    remedy="correct the name there, or add the agent to the file",
                )


def _no_branch(case: Case) -> Findings:
    snapshot, entries = case.snapshot, case.entries
    busy = {entry.agent for entry in entries.values()} | set(case.plan.landed)
    lost = [name for name in sorted(snapshot.dependencies.agents() - busy) if not _has_branch(case, name)]
    if lost:
        yield note(
            code=Code.FLEET_NO_BRANCH,
            message=f"no branch and no pull request yet: {listed(lost, 9)}; whoever depends on them waits",
            where=snapshot.dependencies.path,
            remedy="nothing, if they have not begun; else name the branch in the file, under `agents`",
        )


def _has_branch(case: Case, agent: AgentName) -> bool:
    named = case.snapshot.dependencies.branches.get(agent)
    guesses = (named,) if named else guessed_branches([agent])
    return not case.survey.branches.isdisjoint(guesses)


def _untrusted(case: Case) -> Findings:
    trusted = {login.casefold() for login in case.policy.trusted_authors}
    told: dict[str, list[PullRequest]] = {}
    for pr in case.snapshot.pull_requests:
        author, said = pr.author, read_said(pr.body)
        is_known = may_write(author) or author.permission is Permission.UNKNOWN or author.is_me
        if not (is_known or pr.head.fork or author.login.casefold() in trusted) and (said.agents or said.scores):
            told.setdefault(author.login, []).append(pr)
    for login, pulls in told.items():
        yield warning(
            code=Code.FLEET_UNTRUSTED,
            message=f"`Agent:` and score lines of {login} do not count: that account has no write access",
            where=numbers(pulls),
            remedy=f"if it speaks for your agents, name it in {CONFIG}:",
            lines=("agents:", f"  trusted_authors: {flow([*case.policy.trusted_authors, login])}"),
        )


def _no_scores(case: Case) -> Findings:
    """The default asks for scores, and not every team gives any."""
    entries = [entry for entry in case.plan.entries if entry.position is not None]
    verdicts = [c.verdict for entry in entries for c in entry.criteria if c.name is CriterionName.REVIEW_SCORE]
    least = case.policy.criteria.review_score
    if verdicts and all(verdict.code is Reason.SCORE_NONE for verdict in verdicts):
        yield note(
            code=Code.FLEET_NO_SCORES,
            message=f"{least}/10 is asked for, and no pull request in the queue has a score",
            where=f"{CONFIG}, auto_merge.conditions",
            remedy="nothing, if reviewers will give one (`Review Score: 10/10`); where nobody does:",
            lines=("auto_merge:", "  conditions:", "    - review_score: false"),
        )


def _far_away(case: Case) -> Findings:
    pulls = case.snapshot.pull_requests
    if native := [pr for pr in pulls if pr.native is not None]:
        yield note(
            code=Code.FLEET_NATIVE_STACK,
            message=f"{numbers(native)} are in stacks of GitHub's own, which merge from the bottom, one by one",
            where=case.page("pulls"),
            remedy="rebase such a stack on its page; mergebot never does",
        )
    if forks := [pr for pr in pulls if pr.head.fork]:
        yield note(
            code=Code.FLEET_FORKS,
            message=f"{numbers(forks)} come from forks: mergebot neither rebases nor deletes these branches",
            where=case.page("pulls"),
            remedy="their authors rebase them",
        )


def _labels(case: Case) -> Findings:
    queue, labels = case.policy.queue, case.survey.labels
    if isinstance(labels, Unknown):
        yield unseen(code=Code.SETTINGS_UNSEEN, message=f"the labels: {labels.reason}", where=case.page("labels"))
        return
    known = {label.casefold() for label in labels}
    wanted = dict.fromkeys((queue.label, queue.hold_label, queue.freeze_label))
    if missing := [label for label in wanted if label.casefold() not in known]:
        yield note(
            code=Code.FLEET_LABELS,
            message=f"the labels {listed(missing)} do not exist yet",
            where=case.page("labels"),
            remedy="create them, so that people can choose them:",
            lines=tuple(f"gh label create {quote(label)}" for label in missing),
        )

"""Reads a repository on GitHub; writes nothing, so that a plan needs no more than read rights."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mergebot.dependencies import load_dependencies
from mergebot.errors import InputError
from mergebot.forge.github import journal
from mergebot.forge.github.assembling import Assembled, assemble, branches_of, note, why_frozen
from mergebot.forge.github.gathering import Gatherer, Reading
from mergebot.forge.github.labelling import labels_now, settle
from mergebot.forge.github.memory import Memory
from mergebot.forge.github.nodes import PullNode
from mergebot.forge.github.parse_pull import is_behind, labels_of, parse_pull, tip_of
from mergebot.forge.github.remarks import has_new
from mergebot.forge.github.rule_texts import read_rule_texts
from mergebot.forge.github.session import STATE, Session
from mergebot.forge.github.state import read_memory
from mergebot.forge.protocol import ForgeState, Now, RuleTexts
from mergebot.git.remote import HEADS, RemoteRefs
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import Journal
from mergebot.model.policy import DependencyFile, Policy
from mergebot.model.questions import Question
from mergebot.model.snapshot import BaseBranch, PullRequest

LIFETIME: Final = 600.0
"""Seconds after which everything is read anew, also in the middle of a pass."""

OURS: Final = "refs/mergebot/"


@dataclass(kw_only=True, slots=True)
class _Held:
    """What was read last, and what became of it."""

    reading: Reading
    assembled: Assembled
    tips: dict[PrNumber, Sha] = field(default_factory=dict)


class GithubReader:
    """The reading half of GitHub as a forge."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._gatherer = Gatherer(session)
        self._refs: RemoteRefs | None = None
        self._file = DependencyFile()
        self._held: _Held | None = None

    @property
    def repository(self) -> str:
        """`OWNER/NAME`."""
        return self._session.repository

    @property
    def runs_commands(self) -> bool:
        """Never: the code of a PR is a stranger's (I8)."""
        return False

    def prepare(self, questions: Collection[Question]) -> None:
        """Bring the contents that git needs for these answers."""
        self._session.doing("Fetching the files that a merge needs")
        self._session.mirror.bring(questions)

    def read_journal(self) -> Journal:
        """The whole journal; no request is made for it.

        Raises:
            AccessError: the repository cannot be seen.
            MergebotError: git failed.
        """
        return journal.read(self._session)

    def landed_since(self, branch: Branch, base: Sha) -> Mapping[PrNumber, Sha] | None:
        """The commits that came to a branch since, by the numbers in their subjects."""
        return journal.landed_since(self._session, branch, base)

    def read_rules(self, dependencies_path: str | None, given: tuple[str, bytes] | None = None) -> RuleTexts:
        """The rules on the server's branches; the branches that they were read from are those of the next reading.

        Raises:
            InputError: there is no default branch, or a file of rules cannot be used.
            AccessError: the repository cannot be seen.
            MergebotError: git failed.
        """
        if self._refs is None or dependencies_path is None:
            self._refs = self._list_refs()
        texts = read_rule_texts(self._session.mirror, self._refs, dependencies_path, given)
        self._file = load_dependencies(*texts.dependencies)[0] if texts.dependencies else DependencyFile()
        return texts

    def read(self, policy: Policy) -> ForgeState:
        """Everything about the queue; in the same pass only what may have changed is read again.

        Raises:
            InputError: there is no base branch.
            AccessError: the repository cannot be seen.
            MergebotError: a part without which nothing can be judged could not be read.
        """
        refs, self._refs = self._refs or self._list_refs(), None
        base = base_of(policy, refs)
        reading = self._reading(policy, base, refs)
        self._settle(reading)
        refs = self._with_news(reading, refs)
        session = self._session
        seen = session.seen
        seen.refs, seen.viewer, seen.freeze_label = refs, reading.people.viewer, policy.queue.freeze_label
        if seen.memory == Memory() or seen.state != refs.refs.get(STATE):  # a commit always says the same
            seen.memory, seen.state = read_memory(session.mirror, refs)
        assembled = assemble(session, reading, refs, base)
        note(seen, assembled)
        heads = branches_of(refs)
        tips = {number: tip for number, pull in reading.pulls.items() if (tip := tip_of(pull, heads)) is not None}
        self._held = _Held(reading=reading, assembled=assembled, tips=tips)
        return assembled.state

    def look_again(self, number: PrNumber) -> Now:
        """One PR at this moment, read whole.

        Raises:
            MergebotError: it could not be read.
        """
        held = self._held
        pull = self._gatherer.look(number, held.reading if held else None)
        if pull is None:
            return Now(open=False, head=None, base=Branch(""), base_sha=Sha(""), draft=False, labels=frozenset())
        wanted = held.reading.base if held else Branch(pull.node["baseRefName"])
        refs = self._session.mirror.remote.refs(f"{HEADS}{wanted}", f"{HEADS}{pull.node['headRefName']}")
        landed = self._session.deeds.merged.get(number)
        commit = pull.node.get("mergeCommit") if pull.node["state"] == "MERGED" else None
        return Now(
            open=pull.is_open and landed is None,
            head=tip_of(pull, branches_of(refs)),
            base=self._session.deeds.retargeted.get(number) or Branch(pull.node["baseRefName"]),
            base_sha=refs.branch(wanted) or Sha(""),
            draft=pull.node["isDraft"],
            labels=labels_now(self._session, number, labels_of(pull.node)),
            merged=landed.sha if landed else Sha(commit["oid"]) if commit else None,
            changed=self._changed(held, pull, refs) if held else "",
        )

    def _list_refs(self) -> RemoteRefs:
        return self._session.mirror.remote.refs(HEADS, OURS)

    def _reading(self, policy: Policy, base: BaseBranch, refs: RemoteRefs) -> Reading:
        """What GitHub says: everything, or in the same pass only of the PRs that something has happened to."""
        held, deeds = self._held, self._session.deeds
        if held is None or self._is_outdated(held.reading, policy, base):
            reading = self._gatherer.read(policy, base.branch, self._file)
        else:
            reading = held.reading
            heads = branches_of(refs)
            # Of those that GitHub was behind with, it may know by now.
            moved = {n for n, pull in reading.pulls.items() if self._may_have_news(pull, heads)}
            known = deeds.touched & (reading.pulls.keys() | reading.ended.keys())
            own = {*self._pushed(reading, heads), *deeds.merged}
            self._gatherer.refresh(reading, (moved | known) - own, self._file)
        deeds.touched.clear()
        return reading

    def _settle(self, reading: Reading) -> None:
        """What GitHub shows by now of the labels that this pass has changed needs no record any more."""
        for number in [number for number in self._session.deeds.labels if number in reading.pulls]:
            settle(self._session.deeds, number, labels_of(reading.pulls[number].node))

    def _pushed(self, reading: Reading, heads: Mapping[Branch, Sha]) -> set[PrNumber]:
        """PRs that stand where this pass has pushed them: they wait for their checks, whatever GitHub says by now.

        Where mergebot starts the checks itself, it has to know what GitHub says.
        """
        if reading.policy.checks.dispatch:
            return set()
        moved = self._session.deeds.moved
        return {n for n, pull in reading.pulls.items() if n in moved and tip_of(pull, heads) == moved[n]}

    def _may_have_news(self, pull: PullNode, heads: Mapping[Branch, Sha]) -> bool:
        before = self._held.tips.get(pull.number) if self._held else None
        return tip_of(pull, heads) != before or is_behind(pull, heads)

    def _is_outdated(self, reading: Reading, policy: Policy, base: BaseBranch) -> bool:
        age = self._session.clock() - reading.at
        return reading.policy != policy or reading.base != base.branch or not 0 <= age < LIFETIME

    def _with_news(self, reading: Reading, refs: RemoteRefs) -> RemoteRefs:
        """The refs; where GitHub speaks of another head than git did before, the branches are listed once more.

        Base stays where the rules were read: should it have moved, the merge is stale.
        """
        heads = branches_of(refs)
        known = {*self._pushed(reading, heads), *self._session.deeds.merged}
        others = (pull for number, pull in reading.pulls.items() if number not in known)
        if all(tip_of(pull, heads) == pull.node["headRefOid"] for pull in others):
            return refs
        again = self._list_refs()
        base = f"{HEADS}{reading.base}"
        return replace(again, head=refs.head, refs={**again.refs, base: refs.refs[base]})

    def _changed(self, held: _Held, pull: PullNode, refs: RemoteRefs) -> str:
        """What differs from the last reading, besides what `Now` has; the fresh PR takes the old one's place."""
        before = held.assembled.pulls.get(pull.number)
        self._gatherer.put(held.reading, pull, self._file)
        if not pull.is_open:
            return ""
        if why_frozen(self._session, held.reading) != held.assembled.state.frozen:
            return "what pauses the queue changed"
        if before is None:
            return "it was not open when the queue was read"
        facts = replace(held.assembled.facts, heads={**held.assembled.facts.heads, **branches_of(refs)})
        return difference(before.pr, parse_pull(pull, facts).pr)


def base_of(policy: Policy, refs: RemoteRefs) -> BaseBranch:
    """The branch that is merged into, and where it is.

    Raises:
        InputError: there is no such branch.
    """
    branch = policy.base or refs.head
    if branch is None:
        raise InputError("the repository has no default branch yet", hint="push a first commit to it")
    if (sha := refs.branch(branch)) is None:
        hint = "correct `base` in the config" if policy.base else "push a first commit to it"
        raise InputError(f"there is no branch {branch} to merge into", hint=hint)
    return BaseBranch(branch=branch, sha=sha)


def difference(before: PullRequest, now: PullRequest) -> str:
    """What a PR is judged on and what is no longer as it was, in words; "" if nothing is."""
    if before.checks != now.checks or before.score_status != now.score_status:
        return "its checks changed"
    if before.reviews != now.reviews or before.author != now.author:
        return "its reviews changed"
    if (before.title, before.body) != (now.title, now.body):
        return "its title or text changed"
    if (before.native, before.refused) != (now.native, now.refused):
        return "GitHub's verdict on it changed"
    if has_new(before, now):
        return "a new comment speaks to mergebot"
    return ""

"""What reader and writer of one pass share: the connection, the clone, and what is known so far.

GitHub's answers may lag seconds behind a write, so what this pass has done itself is kept here and laid over them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mergebot.forge.github.client import Client
from mergebot.forge.github.hosts import Hosts
from mergebot.forge.github.memory import Memory, Refusal
from mergebot.forge.protocol import Doing, quietly
from mergebot.git.mirror import Mirror
from mergebot.git.remote import RemoteRefs
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.journal import REF
from mergebot.model.people import Reply
from mergebot.model.policy import Queue

TIPS = "refs/mergebot/merged/"
"""`refs/mergebot/merged/N`: the last tip of a merged PR."""

REBASED = "refs/mergebot/rebased/"
"""`refs/mergebot/rebased/N/SHA`: a head that PR N had before mergebot rebased it."""

STATE = "refs/mergebot/state"
LOCK = "refs/mergebot/lock"
JOURNAL = REF

CONTEXT = "mergebot"
"""The context of the commit status that mergebot sets; compared without regard to case, as GitHub does."""

MARKER = "<!-- mergebot -->"
"""The first line of mergebot's comment; it counts only in comments by mergebot's own account."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Viewer:
    """The account that mergebot acts as; `login` without `[bot]`."""

    login: str
    id: int = 0
    is_bot: bool = False

    def email(self, hosts: Hosts) -> str:
        """The address under which GitHub knows this account's commits; it can be told by it which commits are ours."""
        name = f"{self.login}[bot]" if self.is_bot else self.login
        return f"{self.id}+{name}@users.noreply.{hosts.name.partition(':')[0]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnStatus:
    """The commit status that mergebot has set on a head."""

    head: Sha
    state: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenComment:
    """The comment that mergebot keeps on a PR, as it was read.

    `foreign`: somebody else has changed its text since. `mine`: it is by the account that mergebot acts as now.
    """

    id: int
    body: str
    foreign: bool
    mine: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Landed:
    """A PR that this pass has merged: the commit it landed as, and the head that was merged."""

    sha: Sha
    head: Sha


@dataclass(kw_only=True, slots=True)
class Deeds:
    """What this pass has done; `touched`: the PRs that have to be read again for that reason.

    `undone`: PRs whose merge GitHub did not answer, or was not ready for, since the last one that it did. `warnings`:
    what a person should hear of it that belongs to no step, each said once. `takes_own_refs`: False once
    the server has refused one of `refs/mergebot/*`. `journal`: the commit that this pass has pushed there last.
    `answered`: how each comment on a PR was answered, by its number; `labels`: what was done to a PR's labels and
    GitHub did not show yet, True for those that were added. `forgotten`:
    PRs of which an earlier pass's refusal no longer counts.
    """

    merged: dict[PrNumber, Landed] = field(default_factory=dict)
    moved: dict[PrNumber, Sha] = field(default_factory=dict)
    retargeted: dict[PrNumber, Branch] = field(default_factory=dict)
    refused: dict[PrNumber, Refusal] = field(default_factory=dict)
    forgotten: set[PrNumber] = field(default_factory=set)
    answered: dict[PrNumber, dict[int, Reply]] = field(default_factory=dict)
    labels: dict[PrNumber, dict[str, bool]] = field(default_factory=dict)
    dispatched: set[tuple[PrNumber, Sha]] = field(default_factory=set)
    frozen: str = ""
    touched: set[PrNumber] = field(default_factory=set)
    undone: set[PrNumber] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    takes_own_refs: bool = True
    journal: Sha | None = None


@dataclass(kw_only=True, slots=True)
class Seen:
    """What the last reading saw, besides what went into the snapshot.

    `statuses`: mergebot's own status on each open PR's head. `unfinished`: PRs that mergebot has merged whose head
    has no status of success yet, with that head. `signs`: see `Refusal.signs`. `memory`: as the forge keeps it;
    `state`: the commit of `refs/mergebot/state` it was read from (None: there is none). `base`: the branch that is
    merged into. `bases`: the base of every open PR. `stacks`: for a PR in a stack of GitHub's own, all its members.
    `comments`: mergebot's own comment on a PR (None: it has none), where what was read tells. `shared`: heads that
    several open PRs have. `outgrown`: see the module of that name.
    `freeze_label`: `queue.freeze_label` of the rules that the reading went by. `deletes_merged`: GitHub deletes the
    branch of a merged PR by itself. `remarks`: the comments that speak to mergebot: their texts, by their numbers.
    """

    viewer: Viewer = Viewer(login="")
    refs: RemoteRefs = RemoteRefs()  # noqa: RUF009 (a frozen value)
    statuses: Mapping[PrNumber, OwnStatus] = field(default_factory=dict)
    unfinished: Mapping[PrNumber, Sha] = field(default_factory=dict)
    outgrown: Mapping[PrNumber, tuple[Sha, ...]] = field(default_factory=dict)
    signs: Mapping[PrNumber, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    state: Sha | None = None
    base: Branch | None = None
    bases: Mapping[PrNumber, Branch] = field(default_factory=dict)
    stacks: Mapping[PrNumber, frozenset[PrNumber]] = field(default_factory=dict)
    comments: Mapping[PrNumber, SeenComment | None] = field(default_factory=dict)
    shared: frozenset[Sha] = frozenset()
    freeze_label: str = Queue().freeze_label
    deletes_merged: bool = False
    remarks: Mapping[int, str] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Session:
    """One pass's connection to one repository; `environ` is the process's, for what Actions says of the run.

    `doing` is told what is under way.
    """

    hosts: Hosts
    repository: str
    client: Client
    mirror: Mirror
    environ: Mapping[str, str]
    clock: Callable[[], float]
    doing: Doing = quietly
    deeds: Deeds = field(default_factory=Deeds)
    seen: Seen = field(default_factory=Seen)

    @property
    def api(self) -> str:
        """The path of the repository in the REST API."""
        return f"/repos/{self.repository}"

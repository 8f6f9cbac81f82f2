"""A pass on the test server, as the tests of the writer have it."""

from dataclasses import dataclass, field
from typing import Any

from mergebot.forge.github.reader import GithubReader
from mergebot.forge.github.session import Session, Viewer
from mergebot.forge.github.writer import GithubWriter
from mergebot.model.ids import Branch, PrNumber, Sha
from mergebot.model.plan import Merge
from mergebot.model.policy import Policy
from tests.forge.github.lab import Lab
from tests.server.faults import Fault, FaultKind, to
from tests.server.state_people import TokenKind

ONE = PrNumber(1)


@dataclass
class Pass:
    """A pass and its writer; `start` only looks at the refs, `reading` reads everything."""

    lab: Lab
    session: Session
    reader: GithubReader
    writer: GithubWriter
    slept: list[float] = field(default_factory=list)

    @classmethod
    def start(cls, lab: Lab, kind: TokenKind = "app") -> "Pass":
        slept: list[float] = []
        session = lab.session(kind)
        session.seen.refs = session.mirror.remote.refs("refs/heads/", "refs/mergebot/")
        session.seen.base = Branch("main")
        session.seen.viewer = Viewer(login="github-actions" if kind == "actions" else "mergebot", is_bot=True)
        session.mirror.fetch([sha for ref, sha in session.seen.refs.refs.items() if ref.startswith("refs/heads/")])
        lab.hub.log.clear()
        return cls(lab, session, GithubReader(session), GithubWriter(session, wait=slept.append), slept)

    @classmethod
    def reading(cls, lab: Lab, kind: TokenKind = "app") -> "Pass":
        """A pass that has read everything."""
        one = cls.start(lab, kind)
        one.reader.read(Policy())
        lab.hub.log.clear()
        return one

    def sha(self, branch: str) -> Sha:
        return Sha(self.lab.repo.data.refs[f"refs/heads/{branch}"])

    def merge_step(self, number: int = 1, **changes: Any) -> Merge:  # noqa: ANN401 (a builder takes any field)
        pull, base = self.lab.repo.pull(number), self.sha("main")
        fields: dict[str, Any] = {
            "pr": PrNumber(number),
            "branch": Branch(pull.head_ref),
            "head": Sha(pull.head_sha),
            "base": Branch("main"),
            "base_sha": base,
            "tree": Sha(self.lab.hub.store(self.lab.repo.data).merged_tree(base, pull.head_sha) or ""),
            "title": f"{pull.title} (#{number})",
            "message": "Why.\n\nReviewed-by: bob",
            "author": "ada <ada@example.org>",
            "reason": "",
        }
        return Merge(**{**fields, **changes})

    def puts(self) -> int:
        """How many merges were asked for."""
        return sum(exchange.method == "PUT" for exchange in self.lab.hub.log)


def fault(lab: Lab, kind: FaultKind, method: str, ending: str = "", **more: Any) -> None:  # noqa: ANN401 (a builder)
    lab.hub.faults.append(Fault(when=to(method, ending), kind=kind, **more))

"""Everything that the steps are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass

from mergebot.decide.agents import Claims
from mergebot.decide.criteria import Judged
from mergebot.decide.index import Index
from mergebot.decide.needs import Needs
from mergebot.decide.requests import Requests
from mergebot.model.ids import PrNumber
from mergebot.model.policy import Policy
from mergebot.model.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """The queue as it was judged, and the order that it will go in; `requests`: what is asked in comments."""

    index: Index
    claims: Claims
    needs: Mapping[PrNumber, Needs]
    judged: Mapping[PrNumber, Judged]
    order: tuple[PrNumber, ...]
    requests: Mapping[PrNumber, Requests]

    @property
    def snapshot(self) -> Snapshot:
        """What was observed."""
        return self.index.pulls.snapshot

    @property
    def policy(self) -> Policy:
        """The rules."""
        return self.index.pulls.policy

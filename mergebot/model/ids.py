"""Names that are not plain strings or numbers, so that one cannot stand in for another."""

from typing import NewType

Sha = NewType("Sha", str)
"""A full object id in lower-case hex, 40 characters (SHA-1) or 64 (SHA-256)."""

Branch = NewType("Branch", str)
"""A branch's short name, without `refs/heads/`."""

PrNumber = NewType("PrNumber", int)
"""The number of a pull request, from 1."""

AgentName = NewType("AgentName", str)
"""The name of an agent as `dependencies.json` spells it."""

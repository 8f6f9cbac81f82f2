"""The worlds that attacks are played in: those of the scenarios."""

from tests.scenarios.conftest import github, hub

__all__ = ["github", "hub"]

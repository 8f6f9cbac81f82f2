"""Commands in comments: what they ask for is done, and the comment gets a reaction."""

from mergebot.forge.github.writing import Writing
from mergebot.model.outcome import Failed, Outcome
from mergebot.model.plan import Answer


def answer(writing: Writing, step: Answer) -> Outcome:  # noqa: ARG001 (it is on its way)
    """Change the labels, start failed jobs again, forget a refusal, then react; each can be repeated."""
    return Failed(reason=f"the comment on #{step.pr} cannot be answered yet")

"""GitHub refuses: what it said is kept as the reason, and the step is not tried again while its signs are the same."""

from mergebot.errors import MergebotError
from mergebot.forge.github.looking import Look, look
from mergebot.forge.github.memory import Refusal
from mergebot.forge.github.plain import one_line
from mergebot.forge.github.session import Session
from mergebot.forge.github.signs import merge_sign, with_base
from mergebot.model.ids import PrNumber, Sha
from mergebot.model.outcome import Failed

WORKFLOWS_HINT = (
    "let an App with the right `workflows: write` (or a token with the scope `workflow`) do it, or do it by hand"
)


def refuse(session: Session, pr: PrNumber, head: Sha, words: str, *, hint: str = "", now: Look | None = None) -> Failed:
    """Note that GitHub refused this head, with the signs of this moment; the next passes do not try it again."""
    # Kept whole, so that the next passes say the same of it, and what is shown stays as it is.
    reason = f"GitHub refuses it: {one_line(words) or 'it did not say why'}" + (f" ({hint})" if hint else "")
    session.deeds.refused[pr] = Refusal(head=head, words=reason, signs=_signs(session, pr, now))
    session.deeds.touched.add(pr)
    return Failed(reason=reason)


def refuse_conflict(session: Session, pr: PrNumber, head: Sha, base: Sha, words: str) -> Failed:
    """The same for a conflict that only GitHub sees: once base has moved it may be gone."""
    signs = with_base(session.seen.signs.get(pr, ""), base)
    reason = f"{words} (rebase it, or merge base into it, and push: what git sees here and what GitHub sees differ)"
    session.deeds.refused[pr] = Refusal(head=head, words=reason, signs=_replaced(signs, "DIRTY"))
    session.deeds.touched.add(pr)
    return Failed(reason=reason)


def is_about_workflows(words: str) -> bool:
    """Whether the token may not touch workflow files.

    Platform: "refusing to allow … to create or update workflow … without `workflows` permission" (or scope).
    """
    said = words.casefold()
    return "workflow" in said and "without" in said and ("permission" in said or "scope" in said)


def _signs(session: Session, pr: PrNumber, now: Look | None) -> str:
    """The signs of the last reading, with the merge state of now: that of the reading was from before the refusal."""
    signs = session.seen.signs.get(pr, "")
    try:
        state = (now or look(session, pr)).merge_state
    except MergebotError:
        return signs
    return _replaced(signs, state) if state != "UNKNOWN" else signs


def _replaced(signs: str, merge_state: str) -> str:
    others = [word for word in signs.split() if not word.startswith("merge=")]
    return " ".join([merge_sign(merge_state), *others])

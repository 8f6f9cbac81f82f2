"""Comments for tests: who says what, and how it was answered."""

from typing import Any

from mergebot.model.people import Permission, Person, Remark

ALICE = Person(login="alice", permission=Permission.WRITE)
BOB = Person(login="bob", permission=Permission.ADMIN)
MALLORY = Person(login="mallory", permission=Permission.TRIAGE)
UMA = Person(login="uma", permission=Permission.UNKNOWN)
BOT = Person(login="planner[bot]", is_bot=True, permission=Permission.WRITE)


def said(*comments: str | tuple[Any, ...], **changes: Any) -> tuple[Remark, ...]:  # noqa: ANN401 (a builder takes any field)
    """Comments, oldest first: a text (by alice), or a text with its author, and how it was answered."""
    return tuple(
        Remark(
            **{
                "id": 70 + place,
                "body": comment if isinstance(comment, str) else comment[0],
                "author": comment[1] if isinstance(comment, tuple) else ALICE,
                "reply": comment[2] if isinstance(comment, tuple) and len(comment) > 2 else None,
                **changes,
            }
        )
        for place, comment in enumerate(comments, start=1)
    )

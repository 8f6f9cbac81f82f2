"""One process of mergebot as the matrix sees it: its commands of git are counted, and it can be killed anywhere.

Who is killed sends nothing more and starts nothing more; what was under way has its effect or not, as the server says.
The product has no hook for this: its two seams are wrapped from outside.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from subprocess import CompletedProcess
from typing import Any

from mergebot.forge.github.transport import Answer, Request, Transport
from mergebot.git.process import Git, Living


class Killed(BaseException):
    """This process is no more; not even what it would do at its end is done."""


def _nothing() -> None:
    pass


@dataclass
class Life:
    """`kill_at`: the number of the event at which it is killed, -1: never. `fails`: commands that fail, by number.

    An event is the start or the end of a command of git. `noted` is called at each.
    """

    kill_at: int = -1
    fails: Collection[int] = ()
    noted: Callable[[], None] = _nothing
    events: int = 0
    dead: bool = False
    commands: list[str] = field(default_factory=list)
    failed: int = 0

    def live(self) -> None:
        """Go on, unless it was killed."""
        if self.dead:
            raise Killed

    def event(self) -> None:
        """One more event."""
        self.live()
        self.noted()
        self.events += 1
        self.dead = self.events - 1 == self.kill_at
        self.live()


@contextmanager
def lived(life: Life) -> Iterator[None]:
    """Everything that mergebot does in this process is this life's, until the context ends."""
    finish, live, send = Git.finish, Git.living, Transport.send

    def begun(args: tuple[str, ...]) -> tuple[str, ...]:
        life.event()
        number = len(life.commands)
        life.commands.append(args[0])
        if number not in life.fails:
            return args
        life.failed += 1
        return ("mergebot-was-given-a-fault",)

    def finishing(git: Git, *args: str, **options: Any) -> "CompletedProcess[bytes]":  # noqa: ANN401 (as the wrapped)
        done = finish(git, *begun(args), **options)
        life.event()
        return done

    def living(git: Git, *args: str) -> Living:
        return live(git, *begun(args))

    def sending(transport: Transport, request: Request) -> Answer:
        life.live()
        answer = send(transport, request)
        life.live()
        return answer

    Git.finish, Git.living, Transport.send = finishing, living, sending  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Git.finish, Git.living, Transport.send = finish, live, send  # type: ignore[method-assign]

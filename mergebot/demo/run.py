"""Where the demo is built, how far it goes, and what is left of it."""

import tempfile
from pathlib import Path

from mergebot.demo.sample import Sample
from mergebot.demo.story import STAGES, Story, Teller
from mergebot.errors import InputError


def run_demo(teller: Teller, *, into: Path | None, stages: int) -> bool:
    """Build the sample repository and tell its story; false if the proof at its end does not hold.

    `into`: where to build it and leave it. Without one it is built in a temporary folder, which is removed unless the
    story stops before its end: then there is something to look around in.

    Raises:
        InputError: `into` is there already, and not empty.
    """
    if into is not None:
        return _told(teller, _empty(into), stages, kept=True)
    if stages < STAGES:
        return _told(teller, Path(tempfile.mkdtemp(prefix="mergebot-demo-")), stages, kept=True)
    with tempfile.TemporaryDirectory(prefix="mergebot-demo-", ignore_cleanup_errors=True) as folder:
        return _told(teller, Path(folder), stages, kept=False)


def _told(teller: Teller, root: Path, stages: int, *, kept: bool) -> bool:
    sample = Sample(root.resolve())
    sample.build()
    proof = Story(sample, teller).tell(stages)
    if kept:
        teller.look_around(sample.root)
    return proof is None or proof.holds


def _empty(into: Path) -> Path:
    hint = "name a folder that does not exist yet, or an empty one"
    try:
        into.mkdir(parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise InputError(f"{into} is not empty", hint=hint)
    except OSError as error:
        raise InputError(f"cannot build the demo in {into}: {error.strerror}", hint=hint) from error
    return into

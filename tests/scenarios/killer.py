"""Run mergebot's command line and kill it right before its n-th write; `tests.killer` says what a write is.

Called as `python -m tests.scenarios.killer N COUNTER ARGS…`. COUNTER is a file that gets the number of writes if the
process lives to its end.
"""

import sys
from pathlib import Path

from mergebot.cli import main
from tests.killer import Killer

if __name__ == "__main__":
    at, counter, *arguments = sys.argv[1:]
    killer = Killer(int(at), objects=True)
    sys.addaudithook(killer)
    try:
        sys.argv = ["mergebot", *arguments]
        main()
    finally:
        killer.at = 0
        Path(counter).write_text(str(killer.seen))

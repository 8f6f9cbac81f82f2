"""Several processes use one folder at once, and some of them are killed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

from mergebot.git.mirror import Mirror
from mergebot.git.mirror_folder import locked
from tests.git.gitserver import CREDENTIAL, Fault, GitServer
from tests.sandbox import Sandbox

SCRIPT = """
import sys
from pathlib import Path
from time import sleep
from mergebot.git.mirror import Mirror
folder, url, credential, *shas = sys.argv[1:]
mirror = Mirror.open(Path(folder), url, lambda: credential)
print(sorted(mirror.fetch(shas)))
"""


def start(server: GitServer, folder: Path, *shas: str) -> "subprocess.Popen[bytes]":
    """A process that opens the mirror and fetches these."""
    command = [sys.executable, "-c", SCRIPT, str(folder), f"{server.url}/o/r.git", CREDENTIAL, *shas]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_all_get_what_they_ask_for(server: GitServer, hub: Sandbox, tmp_path: Path) -> None:
    """The folder is made once, and no fetch trips over the lock of another one."""
    tips = [hub.sha(name) for name in ("main", "topic", "rival")]

    processes = [start(server, tmp_path / "mirror", tip) for tip in tips]

    assert [process.communicate()[0] for process in processes] == [b"[]\n"] * 3
    assert server.mirror(tmp_path / "mirror").fetch(tips) == frozenset()


def test_threads_do_so_too(mirror: Mirror, hub: Sandbox) -> None:
    names = ["main", "topic", "rival", "main~1", "topic~1"] * 2
    tips = [hub.sha(name) for name in names]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda tip: mirror.fetch([tip]), tips))

    assert answers == [frozenset()] * len(tips)


def test_one_that_is_killed_in_the_middle_leaves_the_folder_to_the_others(
    server: GitServer, mirror: Mirror, hub: Sandbox
) -> None:
    """The lock ends with its process, and half an answer is none."""
    server.faults.append(Fault(when=lambda request: request.verb == "POST", hang=True))
    process = start(server, mirror.repository.path, hub.sha("main"))
    while server.faults:
        assert process.poll() is None
        sleep(0.002)
    process.kill()
    process.communicate()

    with locked(mirror.repository.path):
        assert not mirror.repository.refs()
    assert mirror.fetch([hub.sha("main")]) == frozenset()

"""Brings the objects of a scratch folder into the repository: a few as loose objects, many as one pack.

Merging in memory and packing at the end is several times faster than writing thousands of small files to a disk, and
leaves the repository tidy. Git does the same with what it fetches (`fetch.unpackLimit`).
"""

import zlib

from mergebot.git.objects import store_loose
from mergebot.git.process import Git
from mergebot.git.repository import Repository
from mergebot.git.scratch import Scratch, object_dirs

WORTH_A_PACK = 100
"""From how many objects on they become a pack, as in git."""


def keep_objects(repo: Repository, scratch: Scratch) -> None:
    """Copy all results into the repository; what is there already is no harm.

    Raises:
        GitError: they cannot be written.
    """
    loose = sorted(scratch.results.glob("??/*"))
    if len(loose) < WORTH_A_PACK:
        for file in loose:
            store_loose(repo.objects_dir, f"{file.parent.name}{file.name}", zlib.decompress(file.read_bytes()))
        return
    names = "".join(f"{file.parent.name}{file.name}\n" for file in loose).encode()
    git = Git(folder=repo.path, env=object_dirs(repo, repo.objects_dir, scratch.results))
    # No search for deltas: it takes as long as all the merges did, and the next `git gc` does it anyway.
    git.run("pack-objects", "-q", "--window=0", str(repo.objects_dir / "pack" / "pack"), stdin=names)

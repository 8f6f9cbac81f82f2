"""A submodule of base: its link moves with a merge, its own checkout is its user's."""

from pathlib import Path

from mergebot.model.outcome import Done, Outcome
from tests.forge.fleet import Fleet
from tests.sandbox import Sandbox


def merge(fleet: Fleet, name: str) -> Outcome:
    return fleet.forge.writer.merge(fleet.merge_step(name))


def test_a_submodule_at_another_commit_does_not_matter(tmp_path: Path) -> None:
    """A merge moves the link, never what is checked out behind it: the queue must not freeze itself by that.

    And to commit what git then shows, as the reason of a freeze would say, would undo the merge.
    """
    fleet = Fleet.create(tmp_path / "repo")
    path = tmp_path / "sub"
    sub = Sandbox.create(path)
    sub.commit("newer", {"new": "1\n"}, branch="main")
    old, new = sub.sha("main~1"), sub.sha("main")
    fleet.box.git("checkout", "--quiet", "main")
    fleet.box.git("clone", "--quiet", str(path), "sub")
    fleet.box.git("-C", "sub", "checkout", "--quiet", "--detach", old)
    fleet.box.git("update-index", "--add", "--cacheinfo", f"160000,{old},sub")
    fleet.box.git("commit", "--quiet", "--message", "a submodule")
    fleet.box.git("checkout", "--quiet", "--detach")
    for name in ("a", "b"):
        fleet.agent(name)
    fleet.box.git("checkout", "--quiet", "feature/a")
    fleet.box.git("update-index", "--cacheinfo", f"160000,{new},sub")
    fleet.box.git("commit", "--quiet", "--message", "newer")
    fleet.box.git("checkout", "--quiet", "main")

    assert isinstance(merge(fleet, "a"), Done)
    assert fleet.read().frozen == ()
    assert isinstance(merge(fleet, "b"), Done)
    assert fleet.box.git("diff", "--cached", "--name-only") == ""
    assert fleet.box.git("-C", "sub", "rev-parse", "HEAD") == old
    fleet.box.git("add", "sub")
    assert "uncommitted changes (sub)" in fleet.read().frozen[0]

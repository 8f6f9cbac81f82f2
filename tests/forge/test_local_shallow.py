"""A shallow clone hides merge bases: said once, plainly, with the way out."""

from pathlib import Path

from mergebot.forge.registry import open_local
from mergebot.model.policy import Policy
from tests.sandbox import Sandbox


def test_a_shallow_clone_is_named_with_the_way_out(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.commit("second", {"a": "1\n"})
    sandbox.git("clone", "--quiet", "--depth=1", f"file://{sandbox.path}", str(tmp_path / "shallow"))

    def problems(path: Path) -> list[str]:
        state = open_local(path, clock=lambda: 0.0).reader.read(Policy())
        return [str(problem) for problem in state.problems if problem.where == "shallow"]

    assert problems(sandbox.path) == []
    [problem] = problems(tmp_path / "shallow")
    assert problem.startswith("shallow: the repository is a shallow clone, so merge bases may be missing")
    assert problem.endswith("(get the whole history: git fetch --unshallow)")

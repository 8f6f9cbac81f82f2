"""What a pull request brings along so that somebody runs it: nothing of it is ever run on the bot's host (I8)."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from mergebot.model.plan import RunChecks
from tests.cli_process import mergebot
from tests.scenarios.github_world import NAME, GithubWorld
from tests.scenarios.world import World, marked

HOOKS: Final = (
    *("applypatch-msg", "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout"),
    *("post-merge", "pre-push", "post-rewrite", "reference-transaction", "pre-auto-gc", "post-index-change", "update"),
    *("pre-receive", "fsmonitor-watchman"),
)

BROUGHT: Final = {
    ".gitattributes": "* filter=own diff=own merge=own -text ident\n",
    ".lfsconfig": "[lfs]\n\turl = http://evil.example\n\tstandalonetransferagent = own\n",
    "large.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 1\n",
    ".gitmodules": '[submodule "x"]\n\tpath = sub\n\turl = ext::sh -c touch% CANARY\n\tupdate = !touch CANARY\n',
    ".gitconfig": "[core]\n\tfsmonitor = touch CANARY\n",
    "hooks/post-checkout": "#!/bin/sh\ntouch CANARY\n",
    ".githooks/pre-push": "#!/bin/sh\ntouch CANARY\n",
    "git": "#!/bin/sh\ntouch CANARY\n",
    "sitecustomize.py": "open('CANARY', 'w')\n",
    "mergebot.py": "open('CANARY', 'w')\n",
    "conftest.py": "open('CANARY', 'w')\n",
    "Makefile": "all:\n\ttouch CANARY\n",
    "config": "[core]\n\tfsmonitor = touch CANARY\n\tbare = false\n\tworktree = .\n",
    "HEAD": "ref: refs/heads/main\n",
}
"""Files that some program obeys where it finds them; CANARY stands for the file that shows it."""

LINES: Final = "".join(f"{number}\n" for number in range(20))


def host(folder: Path) -> tuple[dict[str, str], Path]:
    """A host on which every driver that attributes can name is set up, and hooks, and all git may call; the canary."""
    canary = folder / "canary"
    touch = f"touch {canary}; cat; #"
    (folder / "hooks").mkdir(parents=True)
    (folder / "template/hooks").mkdir(parents=True)
    for name in HOOKS:
        for place in ("hooks", "template/hooks"):
            (folder / place / name).write_text(f"#!/bin/sh\ntouch {canary}\n")
            (folder / place / name).chmod(0o755)
    (folder / "config").write_text(
        f"[core]\n\thooksPath = {folder}/hooks\n\tfsmonitor = {folder}/hooks/update\n\tpager = {touch}\n"
        f"\teditor = {touch}\n\taskPass = {folder}/hooks/update\n\tattributesFile = {folder}/attributes\n"
        f'[filter "own"]\n\tclean = {touch}\n\tsmudge = {touch}\n\trequired = true\n'
        f'[filter "lfs"]\n\tclean = {touch}\n\tsmudge = {touch}\n\tprocess = {touch}\n'
        f'[diff "own"]\n\tcommand = {touch}\n\ttextconv = {touch}\n[diff]\n\texternal = {folder}/hooks/update\n'
        f'[merge "own"]\n\tdriver = {touch}\n\trecursive = own\n[init]\n\ttemplateDir = {folder}/template\n'
        f"[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = if-asked\n[gpg]\n\tprogram = {folder}/hooks/update\n"
        f"[submodule]\n\trecurse = true\n[fetch]\n\trecurseSubmodules = true\n[protocol]\n\tallow = always\n"
        f'[trailer "x"]\n\tkey = x\n\tcommand = {touch}\n[uploadpack]\n\tpackObjectsHook = {folder}/hooks/update\n'
    )
    (folder / "attributes").write_text("* filter=own diff=own merge=own\n")
    for key, value in (("user.name", "x"), ("user.email", "x@x.example")):
        subprocess.run(["git", "config", "--file", str(folder / "config"), key, value], check=True)
    return {"GIT_CONFIG_GLOBAL": str(folder / "config"), "HOME": str(folder)}, canary


def brought(canary: Path) -> dict[str, str | bytes | None]:
    """What the PR brings, with the canary's place in it."""
    return {path: text.replace("CANARY", str(canary)) for path, text in BROUGHT.items()}


@pytest.mark.parametrize("strategy", ["direct", "rebase"])
def test_nothing_of_a_pull_request_is_run_on_a_forge(github: GithubWorld, tmp_path: Path, strategy: str) -> None:
    """Guards: no work tree, no hooks, no attributes, no submodules, no configuration but our own for merge and push."""
    env, canary = host(tmp_path / "host")
    github.configure(f"queue:\n  strategy: {strategy}\nchecks:\n  command: touch {canary}\n")
    github.commit_to_base("lines", {"lines.txt": LINES})
    github.depend({"later": ["evil"]})
    github.agent("later", {"later.txt": marked("later")})
    files = {**brought(canary), "lines.txt": LINES + "last\n"}
    github.agent("evil", files, labels=["merge"], approved=False, score=None)
    submodule(github, "evil")
    github.review("evil")
    github.repo.push("main", {"lines.txt": "first\n" + LINES})
    for _ in range(4):
        if github.landed() == ["evil", "later"]:
            break
        github.answer()
        ran = mergebot("run", "-v", cwd=github.cache, env={**github.environ, "GITHUB_REPOSITORY": NAME, **env})
        assert ran.code == 0, ran.out + ran.err
    assert github.landed() == ["evil", "later"], ran.out
    assert github.repo.box.read("lines.txt") == "first\n" + LINES + "last\n"
    assert github.repo.box.read(".gitattributes") == BROUGHT[".gitattributes"]
    assert not canary.exists()


def submodule(world: GithubWorld, name: str) -> None:
    """One more commit on the branch that was just pushed, with a submodule whose commit nobody has."""
    world.work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    world.work.ticks += 1
    world.work.git("commit", "--quiet", "--message", "submodule", "--author", f"{name} <{name}@fleet.example>")
    world.work.git("push", "--quiet", "origin", f"HEAD:refs/heads/feature/{name}")


def test_nothing_is_run_from_the_folder_where_it_is_started(github: GithubWorld, tmp_path: Path) -> None:
    """Guards: `mergebot` started in a checkout of the PR runs the git and the Python of the host."""
    canary = tmp_path / "canary"
    for path, content in brought(canary).items():
        file = tmp_path / "checkout" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(content))
        file.chmod(0o755)
    github.agent("a", {"a.txt": marked("a")}, labels=["merge"])
    github.answer()
    env = {**os.environ, **github.environ, "GITHUB_REPOSITORY": NAME}
    program = Path(sys.executable).parent / "mergebot"
    done = subprocess.run([program, "run"], cwd=tmp_path / "checkout", env=env, capture_output=True, check=False)
    assert (done.returncode, github.landed(), canary.exists()) == (0, ["a"], False), done.stderr


class TestLocally:
    def test_nothing_is_run_without_a_command(self, tmp_path: Path) -> None:
        """Guards: the same, where base is checked out nowhere."""
        env, canary = host(tmp_path / "host")
        world = World.create(tmp_path / "repo")
        world.agent("evil", brought(canary))
        ran = mergebot("run", "--local", str(world.box.path), cwd=tmp_path, env=env)
        assert (ran.code, world.landed(), canary.exists()) == (0, ["evil"], False), ran.err

    def test_the_command_is_the_one_exception_and_says_so(self, tmp_path: Path) -> None:
        """Guards: `checks.command` runs in a throw-away work tree of the merged result, and the plan says it will."""
        world = World.create(tmp_path / "repo")
        world.configure(f"checks:\n  command: sh run.sh > {tmp_path}/seen\n")
        world.agent("a", {"run.sh": "pwd; ls; touch left-behind\n"})
        before = world.everything()
        told = mergebot("plan", "--local", str(world.box.path), cwd=tmp_path)
        assert world.everything() == before
        assert not (tmp_path / "seen").exists()
        assert "run checks  #1  a: everything else holds, and the test command has not been" in told.out
        plan, _ = world.run()
        place, *files = (tmp_path / "seen").read_text().splitlines()
        assert files == ["README", "run.sh"]
        assert (Path(place).exists(), Path(place).is_relative_to(world.box.path)) == (False, False)
        assert world.landed() == ["a"]
        assert not [step for step in plan.steps if isinstance(step, RunChecks)]

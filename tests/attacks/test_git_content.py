"""Trees that are made to harm whoever merges or checks them out (platform: git takes nearly any tree)."""

from pathlib import Path
from typing import Final

import pytest

from mergebot.model.plan import EntryState
from tests.attacks.stage import LANDED, approve, ends, entry_of, open_pull
from tests.cli_process import mergebot
from tests.scenarios.github_world import AUTHOR, REVIEWER, GithubWorld
from tests.scenarios.world import World, marked

LINES: Final = "".join(f"{number}\n" for number in range(9))

MERGES: Final = {
    "union": "*.txt merge=union\n",
    "ours": "*.txt merge=ours\n",
    "binary": "*.txt binary\n",
    "macro": "[attr]evil merge=union\n*.txt evil\n",
    "line ends": "*.txt text eol=crlf ident\n",
}
"""Attributes by which git, in a checkout, merges or reads otherwise than a forge does."""

URLS: Final = {
    "option": "--upload-pack=touch CANARY",
    "program": "ext::sh -c touch% CANARY",
    "file": "file:///etc",
    "climbing": "../../../../../../etc",
}

LOOK_ALIKES: Final = (
    ".git",
    ".GIT",
    ".git ",
    ".git.",
    "git~1",
    ".g\u200cit",
    ".git\u200b",
    ".git::$INDEX_ALLOCATION",
    "..",
    ".",
)
"""What some file system takes for `.git`, or for a folder above (git: `fsck` warns of them, CVE-2014-9390)."""


@pytest.mark.parametrize("kind", MERGES)
def test_attributes_change_no_merge(github: GithubWorld, kind: str) -> None:
    """Guards: merges run where no `.gitattributes` is read: what conflicts on the forge conflicts, and nothing else."""
    github.commit_to_base("lines", {"lines.txt": LINES, "other.txt": LINES})
    bad = {".gitattributes": MERGES[kind], "lines.txt": f"{LINES}mark:bad\n"}
    github.agent("bad", bad, labels=["merge"])
    github.agent("good", {".gitattributes": MERGES[kind], "other.txt": f"{LINES}mark:good\n"}, labels=["merge"])
    github.repo.push("main", {"lines.txt": f"{LINES}other\n", "other.txt": f"first\n{LINES}"})
    github.update()
    found = ends(github)
    assert (found["good"], entry_of(github, github.pulls["bad"]).state) == (LANDED, EntryState.BLOCKED)
    assert github.repo.box.read("other.txt") == f"first\n{LINES}mark:good\n"


def test_a_link_out_of_the_tree_is_a_text_like_any_other(github: GithubWorld, tmp_path: Path) -> None:
    """Guards: nothing is checked out, so nothing is followed; a config or dependency file that is a link stops all."""
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    link(github, "a", {"out": str(secret), "etc": "/etc", "up": "../../../..", "loop": "loop"})
    assert ends(github) == {"a": LANDED}
    modes = [
        line.split()[0] for line in github.repo.box.git("ls-tree", "main", "out", "etc", "up", "loop").splitlines()
    ]
    assert modes == ["120000"] * 4
    github.update()
    github.agent("c", {"c.txt": marked("c")}, labels=["merge"])
    github.answer()
    link(github, "b", {".github/mergebot.yml": str(secret)})
    github.repo.merge(github.pulls["b"], by=REVIEWER)
    env = {**github.environ, "GITHUB_REPOSITORY": github.repo.full_name}
    ran = mergebot("run", cwd=github.cache, env=env)
    assert (ran.code, github.landed(), "secret\n" in ran.out + ran.err) == (2, ["a", "b"], False)
    assert "it is a symbolic link, which is not followed" in ran.out + ran.err


def link(world: GithubWorld, name: str, links: dict[str, str]) -> None:
    """A PR that brings symbolic links, approved by somebody who keeps the repository."""
    world.update()
    world.work.git("checkout", "--quiet", "--detach", "origin/main")
    for path, target in links.items():
        blob = world.work.git("hash-object", "-w", "--stdin", stdin=target.encode())
        world.work.git("update-index", "--add", "--cacheinfo", f"120000,{blob},{path}")
    push(world, name, world.work.git("write-tree"))


def push(world: GithubWorld, name: str, tree: str) -> None:
    """Push a commit with this tree on base, and open a requested PR of it that is approved."""
    base = world.work.sha("origin/main")
    commit = world.work.git("commit-tree", "-m", name, "-p", base, tree)
    world.work.git("reset", "--quiet", "--hard")
    world.work.git("push", "--quiet", "origin", f"{commit}:refs/heads/feature/{name}")
    approve(world, open_pull(world, name, f"feature/{name}"))


@pytest.mark.parametrize("kind", URLS)
def test_a_submodule_is_a_commit_id_and_its_address_is_asked_by_nobody(
    github: GithubWorld, tmp_path: Path, kind: str
) -> None:
    """Guards: submodules are never looked into; their addresses are a text in a file."""
    canary = tmp_path / "canary"
    url = URLS[kind].replace("CANARY", str(canary))
    github.update()
    modules = f'[submodule "x"]\n\tpath = sub\n\turl = {url}\n[submodule "../../x"]\n\tpath = .git/x\n\turl = {url}\n'
    blob = github.work.git("hash-object", "-w", "--stdin", stdin=modules.encode())
    github.work.git("update-index", "--add", "--cacheinfo", f"100644,{blob},.gitmodules")
    github.work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    push(github, "a", github.work.git("write-tree"))
    assert ends(github) == {"a": LANDED}
    assert github.repo.box.git("ls-tree", "main", "sub").split()[:3] == ["160000", "commit", "1" * 40]
    assert not canary.exists()


def test_a_path_like_gits_own_writes_nothing_on_the_disk(github: GithubWorld) -> None:
    """Guards: trees are merged as objects; no name in them is ever a name on the bot's disk."""
    box = github.repo.box
    hook = box.git("hash-object", "-w", "--stdin", stdin=b"#!/bin/sh\nexit 1\n")
    hooks = box.git("mktree", stdin=f"100755 blob {hook}\tpost-checkout\n".encode())
    inner = box.git("mktree", stdin=f"040000 tree {hooks}\thooks\n".encode())
    readme = box.git("rev-parse", "main:README.md")
    for number, name in enumerate(LOOK_ALIKES):
        listing = f"100644 blob {readme}\tREADME.md\x00040000 tree {inner}\t{name}\0"
        top = box.git("mktree", "-z", stdin=listing.encode())
        github.repo.push(f"evil-{number}", box.git("commit-tree", "-m", "x", "-p", "main", top))
        approve(github, open_pull(github, f"evil-{number}", f"evil-{number}"))
    github.agent("good", {"good.txt": marked("good")}, labels=["merge"])
    assert ends(github)["good"] == LANDED
    names = {"post-checkout", *LOOK_ALIKES}
    assert [path for path in github.cache.rglob("*") if path.name in names] == []


def test_a_branch_that_is_called_like_a_ref_is_not_taken_for_it(github: GithubWorld) -> None:
    """Guards: refs are named in full wherever git is told of one; a short name could mean base, or a tag."""
    names = ("refs/heads/main", "HEAD", "origin/main", "tags/v1", "v1")
    github.repo.box.git("update-ref", "refs/tags/v1", "main")
    for number, name in enumerate(names):
        github.repo.push(name, {f"{number}.txt": f"{number}\n"}, by=AUTHOR, start=github.tip())
        approve(github, open_pull(github, f"x{number}", name))
    github.answer()
    env = {**github.environ, "GITHUB_REPOSITORY": github.repo.full_name}
    assert mergebot("run", cwd=github.cache, env=env).code == 0
    assert github.landed() == [f"x{number}" for number in range(len(names))]
    refs = {ref for ref in github.repo.box.refs() if ref.startswith(("refs/heads/", "refs/tags/"))}
    assert refs == {"refs/heads/main", "refs/tags/v1"}


def test_paths_that_differ_in_case_alone_are_two(github: GithubWorld) -> None:
    """Guards: paths are compared as git does, byte by byte; nothing lands in a file of another name."""
    github.commit_to_base("readme", {"docs/a.md": "one\n"})
    github.agent("upper", {"DOCS/A.md": marked("upper")}, labels=["merge"])
    github.agent("other", {"docs/a.md": "one\n" + marked("other")}, labels=["merge"])
    assert ends(github) == {"upper": LANDED, "other": LANDED}
    assert (github.repo.box.read("docs/a.md"), github.repo.box.read("DOCS/A.md")) == (
        "one\n" + marked("other"),
        marked("upper"),
    )


class TestLocally:
    """Where base is checked out its work tree is moved along: git itself has to refuse such trees."""

    @pytest.mark.parametrize("name", [".git", ".GIT", ".."])
    def test_a_path_like_gits_own_lands_nowhere(self, tmp_path: Path, name: str) -> None:
        """Guards: a merge whose files the work tree cannot take is refused before base moves."""
        world = World.create(tmp_path / "repo")
        world.agent("evil", {"x.txt": "x\n"})
        box = world.box
        blob = box.git("hash-object", "-w", "--stdin", stdin=b"[core]\n\tfsmonitor = false\n")
        inner = box.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode())
        readme = box.git("rev-parse", "main:README")
        top = box.git("mktree", "-z", stdin=f"100644 blob {readme}\tREADME\x00040000 tree {inner}\t{name}\0".encode())
        box.git("update-ref", "refs/heads/feature/evil", box.git("commit-tree", "-m", "x", "-p", "main", top))
        box.git("checkout", "--quiet", "main")
        before, config = box.sha("main"), (box.path / ".git/config").read_bytes()
        ran = mergebot("run", "--local", str(box.path), cwd=tmp_path)
        assert (box.sha("main"), (box.path / ".git/config").read_bytes()) == (before, config), ran.out
        assert not (tmp_path / "config").exists()
        assert (ran.code, "the work tree that has main checked out cannot follow" in ran.out) == (1, True), ran.out

    def test_a_file_behind_a_link_is_not_written(self, tmp_path: Path) -> None:
        """Guards: the same; a folder of base that a PR makes a link, and then a file in it (CVE-2021-21300's shape)."""
        world = World.create(tmp_path / "repo")
        (tmp_path / "outside").mkdir()
        world.agent("link", {"l.txt": "l\n"})
        world.agent("file", {"folder/file.txt": "f\n"})
        box = world.box
        blob = box.git("hash-object", "-w", "--stdin", stdin=str(tmp_path / "outside").encode())
        readme = box.git("rev-parse", "main:README")
        tree = box.git("mktree", "-z", stdin=f"100644 blob {readme}\tREADME\x00120000 blob {blob}\tfolder\0".encode())
        box.git("update-ref", "refs/heads/feature/link", box.git("commit-tree", "-m", "link", "-p", "main", tree))
        box.git("checkout", "--quiet", "main")
        for _ in range(2):
            mergebot("run", "--local", str(box.path), cwd=tmp_path)
        assert list((tmp_path / "outside").iterdir()) == []
        assert len(world.landed()) == 1

"""Commits come by their ids, in one request, with their whole history and without contents."""

import os
from pathlib import Path

import pytest

from mergebot.errors import AccessError, GitError
from mergebot.git.mirror import Mirror
from mergebot.git.mirror_folder import KEPT
from mergebot.model.ids import Sha
from tests.git.gitserver import CREDENTIAL, Fault, GitServer, Request
from tests.sandbox import Sandbox

NOWHERE = tuple(Sha(digit * 40) for digit in "1234")


def fetching(request: Request) -> bool:
    return request.service == "git-upload-pack" and request.verb == "POST"


def types(mirror: Mirror) -> set[str]:
    """The types of all objects that are there."""
    listed = mirror.repository.run("cat-file", "--batch-check=%(objecttype)", "--batch-all-objects")
    return set(listed.decode().split())


class TestFetching:
    def test_brings_history_without_contents_in_one_request(
        self, mirror: Mirror, hub: Sandbox, server: GitServer
    ) -> None:
        server.log.clear()

        assert mirror.fetch([hub.sha("main"), hub.sha("topic")]) == frozenset()

        assert Sandbox(mirror.repository.path).history(hub.sha("topic")) == ["initial", "files", "one", "two"]
        assert types(mirror) == {"commit", "tree"}
        assert [fetching(request) for request in server.log] == [False, True]

    def test_again_asks_nobody(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        mirror.fetch([hub.sha("main"), hub.sha("topic")])
        server.log.clear()

        assert mirror.fetch([hub.sha("topic"), hub.sha("main"), hub.sha("main~1")]) == frozenset()
        assert server.log == []

    def test_sends_what_is_here_along_so_that_only_the_rest_comes(
        self, mirror: Mirror, hub: Sandbox, server: GitServer
    ) -> None:
        mirror.fetch([hub.sha("main")])
        server.log.clear()

        mirror.fetch([hub.sha("topic")])

        [body] = [request.body for request in server.log if fetching(request)]
        assert f"have {hub.sha('main')}".encode() in body

    def test_of_what_is_on_no_branch_works_too(self, mirror: Mirror, hub: Sandbox) -> None:
        """A PR's head is reachable by a ref that no ordinary fetch brings."""
        tip = hub.sha("topic")
        hub.git("update-ref", "refs/pull/7/head", tip)
        hub.git("update-ref", "-d", "refs/heads/topic")

        assert mirror.fetch([tip]) == frozenset()

    def test_of_nothing_asks_nobody(self, mirror: Mirror, server: GitServer) -> None:
        server.log.clear()

        assert mirror.fetch([]) == frozenset()
        assert server.log == []


class TestWhatTheServerDoesNotHave:
    def test_is_named_and_the_rest_comes(self, mirror: Mirror, hub: Sandbox) -> None:
        """A branch that was deleted in between must not hide the others."""
        wanted = [NOWHERE[0], hub.sha("main"), NOWHERE[1], hub.sha("topic")]

        assert mirror.fetch(wanted) == frozenset(NOWHERE[:2])
        assert mirror.fetch([hub.sha("main"), hub.sha("topic")]) == frozenset()

    def test_is_found_by_halves_where_the_server_names_none(
        self, mirror: Mirror, hub: Sandbox, server: GitServer
    ) -> None:
        def lacking(request: Request) -> bool:
            return fetching(request) and NOWHERE[0].encode() in request.body

        server.faults += [Fault(when=lacking, packet="ERR something is not here")] * 9

        assert mirror.fetch([NOWHERE[0], hub.sha("main"), hub.sha("topic")]) == frozenset(NOWHERE[:1])

    def test_is_not_everything_where_it_gives_nothing_at_all(
        self, mirror: Mirror, hub: Sandbox, server: GitServer
    ) -> None:
        """A repository that is locked down has lost no commit."""
        server.faults += [Fault(when=fetching, packet="ERR repository is disabled")] * 9

        with pytest.raises(GitError, match="repository is disabled"):
            mirror.fetch([hub.sha("main"), hub.sha("topic")])

    @pytest.mark.parametrize("odd", ["", "main", "--all", "1" * 39, "refs/heads/main", "1" * 40 + ":refs/x"])
    def test_is_also_what_is_no_id(self, mirror: Mirror, hub: Sandbox, odd: str) -> None:
        """Names can move, and options are worse: neither ever reaches git."""
        assert mirror.fetch([Sha(odd), hub.sha("main")]) == frozenset({Sha(odd)})

    def test_is_asked_for_again_the_next_time(self, mirror: Mirror, hub: Sandbox, sandbox: Sandbox) -> None:
        late = sandbox.commit("late", {"late": "x\n"})
        assert mirror.fetch([late]) == frozenset({late})

        hub.git("fetch", "--quiet", str(sandbox.path), late)

        assert mirror.fetch([late]) == frozenset()


class TestAFailure:
    @pytest.mark.parametrize("fault", [Fault(when=fetching, status=500), Fault(when=fetching, status=429)])
    def test_that_passes_is_not_seen(self, mirror: Mirror, hub: Sandbox, server: GitServer, fault: Fault) -> None:
        """Reading twice does no harm."""
        server.faults += [fault, fault]

        assert mirror.fetch([hub.sha("main")]) == frozenset()

    def test_that_stays_is_an_error(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        server.faults += [Fault(status=503)] * 20

        with pytest.raises(GitError, match=r"git fetch failed: .* 503"):
            mirror.fetch([hub.sha("main")])

        assert len(server.faults) == 17

    def test_to_be_let_in_is_told_at_once(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        server.faults.append(Fault(status=403, words="Resource not accessible by integration"))

        with pytest.raises(AccessError, match="Resource not accessible by integration"):
            mirror.fetch([hub.sha("main")])

    def test_in_the_middle_leaves_nothing_broken(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        """Half a pack is no pack."""
        server.faults += [Fault(when=fetching, cut=True, half=True)] * 10
        with pytest.raises(GitError):
            mirror.fetch([hub.sha("main")])
        server.faults.clear()

        assert types(mirror) == set()
        assert mirror.fetch([hub.sha("main")]) == frozenset()

    def test_to_answer_in_time_is_an_error(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        mirror.remote.seconds = 0.2
        server.faults += [Fault(when=fetching, hang=True)] * 3

        with pytest.raises(GitError, match=r"git fetch took longer than 0\.2 seconds"):
            mirror.fetch([hub.sha("main")])


class TestTheFolder:
    def test_is_an_ordinary_repository_that_can_reach_for_nothing(
        self, mirror: Mirror, hub: Sandbox, server: GitServer
    ) -> None:
        """A lazy fetch in the middle of a merge would hang, prompt, or show a credential."""
        mirror.fetch([hub.sha("main")])
        config = (mirror.repository.path / "config").read_text()
        server.log.clear()

        with pytest.raises(GitError):
            mirror.repository.run("cat-file", "-p", f"{hub.sha('main')}:a")

        assert not any(word in config.lower() for word in ("remote", "promisor", "partial", "http", "extraheader"))
        assert CREDENTIAL not in config
        assert server.log == []

    def test_is_used_again(self, mirror: Mirror, hub: Sandbox, server: GitServer) -> None:
        mirror.fetch([hub.sha("main")])
        server.log.clear()

        again = server.mirror(mirror.repository.path)

        assert again.fetch([hub.sha("main")]) == frozenset()
        assert server.log == []

    @pytest.mark.parametrize("damage", ["no HEAD", "no objects", "no packs", "a packed-refs of rubbish"])
    def test_is_made_anew_where_it_is_broken(
        self, mirror: Mirror, hub: Sandbox, server: GitServer, damage: str
    ) -> None:
        folder = mirror.repository.path
        mirror.fetch([hub.sha("main")])
        _damage(folder, damage)

        again = server.mirror(folder)

        assert again.fetch([hub.sha("main")]) == frozenset()
        assert Sandbox(folder).history(hub.sha("main"))[-1] == "main goes on"

    @pytest.mark.parametrize("other", ["a file", "a work tree", "a bare repository"])
    def test_of_someone_else_is_left_alone(self, server: GitServer, tmp_path: Path, other: str) -> None:
        server.repository()
        folder = tmp_path / "other"
        if other == "a file":
            folder.write_text("a file\n")
        else:
            Sandbox.create(folder, bare=other == "a bare repository")

        before = sorted(folder.rglob("*"))

        with pytest.raises(GitError, match="is no clone of mergebot's, so it is left alone"):
            server.mirror(folder)

        assert sorted(folder.rglob("*")) == before
        assert folder.exists()

    def test_that_breaks_while_it_is_used_is_made_anew_once(self, mirror: Mirror, hub: Sandbox) -> None:
        mirror.fetch([hub.sha("main")])
        _damage(mirror.repository.path, "no packs")

        assert mirror.fetch([hub.sha("main"), hub.sha("topic")]) == frozenset()
        assert Sandbox(mirror.repository.path).history(hub.sha("topic"))[-1] == "two"

    def test_names_objects_as_the_server_does(self, server: GitServer, tmp_path: Path) -> None:
        source = Sandbox(tmp_path / "long")
        source.path.mkdir()
        source.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
        tip = source.commit("long", {"a": "a\n"})
        server.repository("o/long.git", source=source, options=("--object-format=sha256",))

        mirror = server.mirror(tmp_path / "mirror", "o/long.git")

        assert mirror.repository.object_format == "sha256"
        assert mirror.fetch([tip]) == frozenset()

    def test_keeps_what_was_fetched(self, mirror: Mirror, hub: Sandbox) -> None:
        mirror.fetch([hub.sha("main"), hub.sha("topic")])

        assert set(mirror.repository.refs()) == {f"{KEPT}{hub.sha('main')}", f"{KEPT}{hub.sha('topic')}"}

    def test_is_swept_of_what_killed_processes_left(self, mirror: Mirror, hub: Sandbox) -> None:
        pack, lock = mirror.repository.objects_dir / "pack/tmp_pack_x", mirror.repository.path / "packed-refs.lock"
        for file in (pack, lock):
            file.write_bytes(b"half")
            os.utime(file, (0, 0))

        assert mirror.fetch([hub.sha("main")]) == frozenset()
        assert not pack.exists()
        assert not lock.exists()

    def test_has_few_packs_however_often_it_is_fetched_into(
        self, mirror: Mirror, hub: Sandbox, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mergebot.git.mirror_folder.MOST_PACKS", 3)
        for number in range(6):
            tip = sandbox.commit(f"number {number}", {"b": f"{number}\n"})
            hub.git("fetch", "--quiet", str(sandbox.path), tip)
            assert mirror.fetch([tip]) == frozenset()

        assert len(list(mirror.repository.objects_dir.glob("pack/*.pack"))) <= 3
        assert len(Sandbox(mirror.repository.path).history(tip)) == 9

    def test_keeps_few_refs(self, mirror: Mirror, hub: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mergebot.git.mirror_folder.MOST_KEPT", 1)
        mirror.fetch([hub.sha("main~1"), hub.sha("main")])

        mirror.fetch([hub.sha("topic")])

        assert set(mirror.repository.refs()) == {f"{KEPT}{hub.sha('topic')}"}
        assert mirror.fetch([hub.sha("main")]) == frozenset()

    def test_that_cannot_be_made_is_an_error(self, server: GitServer, hub: Sandbox, tmp_path: Path) -> None:  # noqa: ARG002 (as above)
        (tmp_path / "file").write_text("no folder")

        with pytest.raises(GitError, match="no clone can be kept in"):
            server.mirror(tmp_path / "file" / "mirror")


def _damage(folder: Path, damage: str) -> None:
    packs = folder / "objects/pack"
    match damage:
        case "no HEAD":
            (folder / "HEAD").unlink()
        case "no objects":
            for file in (*packs.iterdir(),):
                file.unlink()
            packs.rmdir()
        case "no packs":
            for file in packs.glob("*"):
                file.unlink()
        case _:
            (folder / "packed-refs").write_text("rubbish\n")

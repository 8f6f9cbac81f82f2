"""One credential goes along, nothing else of the user does, and it is seen nowhere."""

import os
import subprocess
from pathlib import Path

import pytest

from mergebot.errors import AccessError, GitError
from mergebot.git.process import Git
from mergebot.git.refs import RefUpdate
from mergebot.git.remote import PushState, Remote
from mergebot.model.ids import Branch
from tests.git.gitserver import CREDENTIAL, Fault, GitServer, Request, git_server
from tests.git.processes import processes_that_name
from tests.sandbox import Sandbox


class TestBeingLetIn:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (Fault(status=401, headers=(("WWW-Authenticate", 'Basic realm="git"'),)), "could not read Username"),
            (Fault(status=403, words="Permission to o/r.git denied to mergebot[bot]."), "denied to mergebot"),
            (Fault(status=404, words="Repository not found."), "Repository not found."),
        ],
    )
    def test_is_denied_in_the_servers_words(
        self, remote: Remote, hub: Sandbox, server: GitServer, fault: Fault, words: str
    ) -> None:
        move = RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))
        for attempt in (lambda: remote.refs("refs/heads/"), lambda: remote.push([move])):
            server.faults.append(fault)

            with pytest.raises(AccessError, match=words) as denied:
                attempt()

            assert "token" in denied.value.hint
            assert CREDENTIAL not in str(denied.value)

    def test_is_asked_for_before_each_command(self, server: GitServer, hub: Sandbox, clone: Git) -> None:
        """A token of an App lives for an hour; the next command may need the next one."""
        given = iter(["basic b2xk", CREDENTIAL])
        remote = Remote(clone, f"{server.url}/o/r.git", lambda: next(given))

        with pytest.raises(AccessError):
            remote.refs("refs/heads/")

        assert remote.refs("refs/heads/").branch(Branch("main")) == hub.sha("main")

    def test_needs_no_credential_where_everybody_may_read(self, tmp_path: Path, sandbox: Sandbox) -> None:
        with git_server(tmp_path / "public", public=True) as server:
            server.repository(source=sandbox)
            remote = Remote(Git(folder=sandbox.path), f"{server.url}/o/r.git", lambda: "")

            assert remote.refs("refs/heads/").head == "main"
            assert {request.authorization for request in server.log} == {()}

    @pytest.mark.parametrize("status", [301, 302, 307])
    def test_elsewhere_takes_no_credential_along(
        self, remote: Remote, server: GitServer, tmp_path: Path, status: int
    ) -> None:
        """Git would send our header to wherever the first answer points."""
        with git_server(tmp_path / "other", public=True) as other:
            target = f"{other.url}/o/r.git/info/refs?service=git-upload-pack"
            server.faults.append(Fault(status=status, headers=(("Location", target),)))

            with pytest.raises(AccessError, match="was sent elsewhere") as moved:
                remote.refs("refs/heads/")

            assert moved.value.hint == "name the repository by the name that it has now"
            assert other.log == []


class TestTheUsersConfiguration:
    @pytest.fixture
    def configured(
        self, sandbox: Sandbox, clone: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: GitServer
    ) -> Path:
        """What checkout, a developer and a careless setup leave behind, all at once."""
        text = f"""
[http]
    extraheader = AUTHORIZATION: basic Z2xvYmFs
[http "{server.url}/"]
    extraheader = AUTHORIZATION: basic aG9zdA==
[http "{server.url}/o/r.git"]
    extraheader = AUTHORIZATION: basic ZXhhY3Q=
[credential]
    helper = "!f() {{ touch {tmp_path}/helped; echo username=a; echo password=b; }}; f"
[core]
    askPass = {tmp_path}/ask
[url "{server.url}/rewritten/"]
    insteadOf = {server.url}/o/
[url "https://user:pw@{server.url.removeprefix("http://")}/"]
    pushInsteadOf = {server.url}/
[protocol]
    version = 0
[fetch]
    recurseSubmodules = true
"""
        (tmp_path / "gitconfig").write_text(text)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        for file in (sandbox.path / ".git/config", clone.folder / "config"):
            file.write_text(f"{file.read_text()}{text.partition('[url')[0]}")
        monkeypatch.chdir(sandbox.path)
        home = tmp_path / "home"
        home.mkdir()
        (home / ".netrc").write_text("machine 127.0.0.1 login netrc password secret\n")
        (home / ".netrc").chmod(0o600)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("GIT_ASKPASS", str(tmp_path / "ask"))
        (tmp_path / "ask").write_text(f"#!/bin/sh\ntouch {tmp_path}/helped\n")
        (tmp_path / "ask").chmod(0o755)
        return tmp_path

    def test_adds_no_second_credential(self, configured: Path, remote: Remote, server: GitServer, hub: Sandbox) -> None:
        """Two headers are refused; the other one alone would push as another account, whose pushes may start no CI."""
        assert remote.refs("refs/heads/").branch(Branch("main")) == hub.sha("main")
        [answer] = remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        assert answer.state is PushState.DONE
        assert {request.authorization for request in server.log} == {(CREDENTIAL,)}
        assert not (configured / "helped").exists()

    def test_of_a_checkout_around_the_mirror_is_not_read(
        self, server: GitServer, hub: Sandbox, sandbox: Sandbox
    ) -> None:
        """Somebody may keep the mirror inside of the repository."""
        sandbox.git("config", "url.http://127.0.0.1:9/.insteadOf", f"{server.url}/")

        mirror = server.mirror(sandbox.path / "cache" / "mirror")

        assert mirror.fetch([hub.sha("main")]) == frozenset()
        assert {request.authorization for request in server.log} == {(CREDENTIAL,)}

    def test_gives_none_where_we_have_none(self, configured: Path, server: GitServer, clone: Git) -> None:
        remote = Remote(clone, f"{server.url}/o/r.git", lambda: "")

        with pytest.raises(AccessError, match="could not read Username"):
            remote.refs("refs/heads/")

        assert {request.authorization for request in server.log} == {()}
        assert not (configured / "helped").exists()

    def test_still_leads_the_way_to_the_server(
        self, remote: Remote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Behind a company's proxy, with its own certificates, nothing else gets through."""
        (tmp_path / "gitconfig").write_text("[http]\n\tproxy = http://127.0.0.1:9\n\tsslCAInfo = ~/ca.pem\n")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))

        with pytest.raises(AccessError, match=r"cannot reach the server: .*port 9"):
            remote.refs("refs/heads/")

        values = remote.transport.environment().values()
        assert {"http.sslcainfo", f"{os.environ['HOME']}/ca.pem"} <= set(values)


class TestTheCredential:
    def test_stands_in_no_command_line(self, remote: Remote, server: GitServer) -> None:
        """Every process of the machine may read those."""
        remote.seconds = 0.5
        lines: list[str] = []

        def look(_request: Request) -> bool:
            lines.extend(processes_that_name("git"))
            return True

        server.faults.append(Fault(when=look, hang=True))

        with pytest.raises(GitError, match="took longer"):
            remote.refs("refs/heads/")

        assert any("ls-remote" in line for line in lines)
        assert not any(CREDENTIAL.removeprefix("basic ") in line for line in lines)

    def test_stands_in_no_file(self, remote: Remote, hub: Sandbox, tmp_path: Path) -> None:
        remote.refs("refs/heads/")
        remote.push([RefUpdate(ref="refs/heads/x", old=None, new=hub.sha("main"))])

        found = subprocess.run(
            ["grep", "-rlF", CREDENTIAL.removeprefix("basic "), str(tmp_path)], capture_output=True, check=False
        )
        assert found.stdout == b""

    def test_stands_in_no_words_of_ours(self, remote: Remote) -> None:
        assert CREDENTIAL.removeprefix("basic ") not in repr((remote, remote.transport, vars(remote)))

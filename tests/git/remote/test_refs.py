"""The refs of a remote, and its default branch."""

import subprocess

from mergebot.git.remote import Remote, RemoteRefs
from mergebot.model.ids import Branch, Sha
from tests.git.gitserver import CREDENTIAL, GitServer
from tests.sandbox import Sandbox


class TestRefs:
    def test_are_read_with_the_default_branch(self, remote: Remote, hub: Sandbox) -> None:
        refs = remote.refs("refs/heads/")

        assert refs == RemoteRefs(
            head=Branch("main"), refs={"refs/heads/main": hub.sha("main"), "refs/heads/topic": hub.sha("topic")}
        )
        assert refs.branch(Branch("topic")) == hub.sha("topic")
        assert refs.branch(Branch("none")) is None

    def test_are_those_below_the_prefixes_alone(self, remote: Remote, hub: Sandbox) -> None:
        """`ls-remote` matches the end of a name, so it would give `refs/x/refs/heads/a` for a branch."""
        for ref in ("refs/mergebot/merged/1", "refs/odd/refs/heads/a", "refs/heads/HEAD", "refs/pull/1/head"):
            hub.git("update-ref", ref, "main")

        found = remote.refs("refs/heads/", "refs/mergebot/").refs

        assert sorted(found) == ["refs/heads/HEAD", "refs/heads/main", "refs/heads/topic", "refs/mergebot/merged/1"]

    def test_of_an_annotated_tag_is_the_tag_itself(self, remote: Remote, hub: Sandbox) -> None:
        hub.git("tag", "--annotate", "v1", "--message", "one", "main")

        assert remote.refs("refs/tags/").refs == {"refs/tags/v1": Sha(hub.git("rev-parse", "v1"))}

    def test_of_an_empty_repository_are_none(self, server: GitServer, remote: Remote) -> None:
        server.repository("o/empty.git")
        remote = Remote(remote.git, f"{server.url}/o/empty.git", lambda: CREDENTIAL)

        assert remote.refs("refs/heads/") == RemoteRefs()

    def test_may_have_names_that_are_no_utf_8(self, remote: Remote, hub: Sandbox) -> None:
        subprocess.run(["git", "update-ref", b"refs/heads/caf\xe9", "main"], cwd=hub.path, check=True)

        assert remote.refs("refs/heads/").branch(Branch("caf\udce9")) == hub.sha("main")

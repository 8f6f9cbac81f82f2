"""The rules of the queue are those on the server's branches: the config on the default one, the rest on base."""

import pytest

from mergebot.errors import InputError
from mergebot.forge.github.rule_texts import MOST_BYTES
from mergebot.model.ids import Branch
from mergebot.model.policy import Policy
from tests.forge.github.lab import Lab

CONFIG = ".github/mergebot.yml"
FILE = "dependencies.json"


class TestTheConfig:
    def test_is_read_from_the_default_branch(self, lab: Lab) -> None:
        lab.repo.push("main", {CONFIG: "base: develop\n"})
        lab.repo.push("develop", {CONFIG: "base: other\n"})
        assert lab.reader().read_rules(None).configs == ((CONFIG, b"base: develop\n"),)

    def test_of_a_pull_request_is_never_read(self, lab: Lab) -> None:
        """A PR cannot change the rules that it is judged by (I8)."""
        lab.repo.push("feature/a", {CONFIG: "version: 1\n", FILE: "{}"})
        lab.repo.open_pull("feature/a")
        texts = lab.reader().read_rules(None)
        assert (texts.configs, texts.dependencies) == ((), None)

    def test_is_every_one_that_there_is(self, lab: Lab) -> None:
        """Two at once is an error, which is said elsewhere."""
        lab.repo.push("main", {"config/mergebot.yaml": "a: 1\n", CONFIG: "b: 1\n"})
        assert lab.reader().read_rules(None).configs == ((CONFIG, b"b: 1\n"), ("config/mergebot.yaml", b"a: 1\n"))

    def test_is_read_again_after_a_merge(self, lab: Lab) -> None:
        reader = lab.reader()
        reader.read_rules(None)
        lab.repo.push("main", {CONFIG: "version: 1\n"})
        assert reader.read_rules(None).configs == ((CONFIG, b"version: 1\n"),)

    def test_costs_no_request(self, lab: Lab) -> None:
        lab.repo.push("main", {CONFIG: "version: 1\n", FILE: "{}"})
        lab.asked()
        lab.reader().read_rules(None)
        assert lab.asked() == []


class TestTheDependencyFile:
    def test_is_read_from_base(self, lab: Lab) -> None:
        lab.repo.push("main", {CONFIG: "base: develop\n", FILE: "1"})
        lab.repo.push("develop", {FILE: "2"})
        assert lab.reader().read_rules(None).dependencies == (FILE, b"2")

    def test_is_the_first_of_its_places(self, lab: Lab) -> None:
        lab.repo.push("main", {FILE: "1", ".agent-coordination/dependencies.json": "2"})
        assert lab.reader().read_rules(None).dependencies == (".agent-coordination/dependencies.json", b"2")

    def test_is_where_the_config_says(self, lab: Lab) -> None:
        lab.repo.push("main", {FILE: "1", "a b/\u00e4.json": "2"})
        reader = lab.reader()
        reader.read_rules(None)
        assert reader.read_rules("a b/\u00e4.json").dependencies == ("a b/\u00e4.json", b"2")
        assert reader.read_rules("nowhere.json").dependencies is None

    def test_is_read_at_the_moment_of_the_config(self, lab: Lab) -> None:
        """Both belong to one state of the repository."""
        lab.repo.push("main", {FILE: "1"})
        reader = lab.reader()
        reader.read_rules(None)
        lab.repo.push("main", {FILE: "2"})
        assert reader.read_rules(FILE).dependencies == (FILE, b"1")

    def test_comes_from_the_base_that_a_config_given_by_hand_names(self, lab: Lab) -> None:
        """`--config`: an edit can be tried (contract 2), of the base too."""
        lab.repo.push("main", {FILE: "1", CONFIG: "base: main\n"})
        lab.repo.push("develop", {FILE: "2"})
        reader = lab.reader()
        assert reader.read_rules(None, ("mine.yml", b"base: develop\n")).dependencies == (FILE, b"2")
        assert reader.read_rules(None, ("mine.yml", b"version: 1\n")).dependencies == (FILE, b"1")

    @pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "."])
    def test_is_in_the_repository(self, lab: Lab, path: str) -> None:
        with pytest.raises(InputError):
            lab.reader().read_rules(path)


class TestAFileOfRules:
    def refused(self, lab: Lab, mode: str, words: str) -> None:
        """Something of this mode stands where the config should be."""
        tip = lab.repo.sha("main")
        what = {"040000": lab.repo.box.git("rev-parse", f"{tip}^{{tree}}"), "160000": tip}.get(
            mode, lab.repo.box.git("hash-object", "-w", "--stdin", stdin=b"x")
        )
        kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
        inner = lab.repo.box.git("mktree", stdin=f"{mode} {kind} {what}\tmergebot.yml\n".encode())
        tree = lab.repo.box.git("mktree", stdin=f"040000 tree {inner}\t.github\n".encode())
        commit = lab.repo.box.git("commit-tree", tree, "-p", tip, "-m", "odd")
        lab.repo.push("main", commit)
        with pytest.raises(InputError) as caught:
            lab.reader().read_rules(None)
        [problem] = caught.value.problems
        assert problem.where == CONFIG
        assert words in problem.message

    def test_is_no_link(self, lab: Lab) -> None:
        self.refused(lab, "120000", "symbolic link")

    def test_is_no_submodule(self, lab: Lab) -> None:
        self.refused(lab, "160000", "submodule")

    def test_is_no_folder(self, lab: Lab) -> None:
        self.refused(lab, "040000", "folder")

    def test_is_not_endless(self, lab: Lab) -> None:
        lab.repo.push("main", {CONFIG: b"#" * (MOST_BYTES + 1)})
        with pytest.raises(InputError) as caught:
            lab.reader().read_rules(None)
        assert "larger" in caught.value.problems[0].message


class TestBase:
    def test_that_does_not_exist_is_named(self, lab: Lab) -> None:
        with pytest.raises(InputError, match="no branch trunk"):
            lab.read(Policy(base=Branch("trunk")))

    def test_that_the_config_names_in_vain_is_no_reason_to_read_nothing(self, lab: Lab) -> None:
        """Another config may have been given by hand."""
        lab.repo.push("main", {CONFIG: "base: trunk\n"})
        assert lab.reader().read_rules(None).configs

    def test_is_the_default_branch_whatever_it_is_called(self, lab: Lab) -> None:
        lab.repo.push("trunk", {"a": "a\n"})
        lab.repo.data.default = "trunk"
        lab.repo.box.git("symbolic-ref", "HEAD", "refs/heads/trunk")
        assert lab.read().base.branch == "trunk"

    def test_of_an_empty_repository_there_is_none(self, lab: Lab) -> None:
        lab.repo.box.git("update-ref", "-d", "refs/heads/main")
        with pytest.raises(InputError, match="no default branch"):
            lab.reader().read_rules(None)

"""The sdist and the wheel hold what they should, and nothing else; the wheel runs where nothing else of ours is."""

import email
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

import mergebot

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INFO = f"mergebot-{mergebot.__version__}.dist-info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """Both, by their paths; what is in the wheel, and what is in the sdist below its one folder."""

    wheel: Path
    sdist: Path

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as wheel:
            return set(wheel.namelist())

    def in_sdist(self) -> set[str]:
        with tarfile.open(self.sdist) as sdist:
            return {name.partition("/")[2] for name in sdist.getnames()}

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as wheel:
            return email.message_from_bytes(wheel.read(f"{INFO}/METADATA"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


def build(root: Path, folder: Path) -> Built:
    """Built as `make dist` does it: the wheel from the sdist."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel=wheel, sdist=sdist)


def modules() -> set[str]:
    """Every file of the package, with templates and queries."""
    found = [path for path in (ROOT / "mergebot").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(ROOT)) for path in found}


def test_the_wheel_is_the_package_and_nothing_else(built: Built) -> None:
    """All modules, the templates of init, `py.typed`; no tests, no caches, no config of our own."""
    own = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    assert built.in_wheel() == modules() | own
    assert {"mergebot/init/templates/workflow.yml", "mergebot/py.typed"} <= built.in_wheel()


def test_the_sdist_holds_what_the_wheel_is_built_from_and_what_people_read(built: Built) -> None:
    folders = {name.partition("/")[0] for name in built.in_sdist() if "/" in name}
    files = {name for name in built.in_sdist() if "/" not in name}
    assert modules() <= built.in_sdist()
    assert "config/mergebot.schema.json" in built.in_sdist()
    assert folders == {"mergebot", "config", "docs"}
    assert files == {"README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert not [name for name in built.in_sdist() if "__pycache__" in name or name.endswith(".pyc")]


def test_the_same_sources_give_the_same_bytes_wherever_and_whenever_they_are_built(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can build a release again and compare: no date, no place, no order and no rights of files in it."""
    elsewhere = tmp_path / "elsewhere"
    with tarfile.open(built.sdist) as sdist:
        sdist.extractall(elsewhere, filter="data")
    [root] = elsewhere.iterdir()
    (root / "PKG-INFO").unlink()  # a clone has none
    for file in sorted(root.rglob("*"), reverse=True):
        os.utime(file, (1_000_000_000, 1_000_000_000))
        file.chmod(0o700 if file.is_dir() else 0o600)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("PYTHONHASHSEED", "7")

    again = build(root, tmp_path / "dist")

    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert again.sdist.read_bytes() == built.sdist.read_bytes()


def test_the_version_has_one_place(built: Built) -> None:
    assert "version" not in PROJECT
    assert built.metadata()["Version"] == mergebot.__version__
    assert built.wheel.name == f"mergebot-{mergebot.__version__}-py3-none-any.whl"


def test_the_metadata_is_that_of_the_project(built: Built) -> None:
    found = built.metadata()
    assert (found["Name"], found["License-Expression"], found["Requires-Python"]) == ("mergebot", "MIT", ">=3.11")
    required = [line for line in found.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(required) == len(PROJECT["dependencies"])
    assert str(found.get_payload()).startswith((ROOT / "README.md").read_text(encoding="utf-8")[:200])
    assert (ROOT / "LICENSE").read_bytes() == zipfile.ZipFile(built.wheel).read(f"{INFO}/licenses/LICENSE")


def test_the_wheel_runs_from_a_folder_of_its_own(built: Built, tmp_path: Path) -> None:
    """With what it needs, but without this work tree."""
    target = tmp_path / "target"
    with zipfile.ZipFile(built.wheel) as wheel:
        wheel.extractall(target)  # noqa: S202 (the wheel is our own)
    code = "import mergebot, runpy, sys; print(mergebot.__file__); sys.argv[1:] = ['--help']\n"
    code += "runpy.run_module('mergebot', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(target / "mergebot"))
    assert "A git-native merge queue" in done.stdout

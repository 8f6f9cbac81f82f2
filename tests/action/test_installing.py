"""How the Action gets ready: a Python that is there, and what the lock names by its hash, and nothing else."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.action.documents import ACTION
from tests.action.rendered import ROOT
from tests.action.runner import LIB, Ran, Runner

FIND, INSTALL, RUN = ACTION.steps()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine that reaches no package index, only a folder with wheels: pip's own variables say so."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    action = tmp_path / "action"
    (action / "requirements").mkdir(parents=True)
    environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    runner = Runner.create(tmp_path / "runner", environ)
    runner.action = action
    return runner


def wheel(runner: Runner, name: str, *, needs: str = "") -> str:
    """Put a wheel where pip finds it; the line of the lock that names it."""
    path = Path(runner.environ["PIP_FIND_LINKS"]) / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", "VALUE = 'from the wheel'\n")
        requires = f"Requires-Dist: {needs}\n" if needs else ""
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def lock(runner: Runner, text: str) -> None:
    (runner.action / "requirements" / "action.txt").write_text(text)


def outside(folder: Path) -> Path:
    """A folder with a `python3` that takes itself for none of a virtual environment."""
    program = folder / "outside" / "python3"
    program.parent.mkdir()
    code = "import runpy, sys; sys.base_prefix = sys.prefix; sys.argv = sys.argv[1:]; "
    code += "runpy.run_module('pip', run_name='__main__')"
    program.write_text(
        f'#!/bin/sh\nif [ "$2$3" = -mpip ]; then shift 3; exec {sys.executable} -I -c "{code}" pip "$@"; fi\n'
        f'exec {sys.executable} "$@"\n'
    )
    program.chmod(0o755)
    return program.parent


def install(runner: Runner) -> Ran:
    return runner.run([FIND, INSTALL], {})


class TestInstalling:
    def test_a_folder_of_wheels_is_enough_where_no_index_can_be_reached(self, runner: Runner) -> None:
        lock(runner, wheel(runner, "tiny"))
        ran = install(runner)
        assert ran.code == 0, ran.log
        assert (runner.temp / LIB / "tiny.py").is_file()

    def test_a_wheel_with_another_hash_is_refused_and_the_job_is_red(self, runner: Runner) -> None:
        """What an index, a mirror or a man in the middle gives does not matter."""
        lock(runner, wheel(runner, "tiny")[:-9] + "00000000\n")
        ran = install(runner)
        assert ran.code != 0
        assert "HASH" in ran.log.upper()
        assert not (runner.temp / LIB / "tiny.py").exists()

    def test_what_has_no_hash_is_refused(self, runner: Runner) -> None:
        wheel(runner, "tiny")
        lock(runner, "tiny==1.0\n")
        assert install(runner).code != 0

    def test_nothing_is_built(self, runner: Runner) -> None:
        """A source distribution runs its own code when it is installed."""
        source = Path(runner.environ["PIP_FIND_LINKS"]) / "tiny-1.0.tar.gz"
        source.write_bytes(b"a source")
        lock(runner, f"tiny==1.0 --hash=sha256:{hashlib.sha256(source.read_bytes()).hexdigest()}\n")
        ran = install(runner)
        assert ran.code != 0
        assert "No matching distribution" in ran.log

    def test_nothing_comes_along_that_the_lock_does_not_name(self, runner: Runner) -> None:
        wheel(runner, "other")
        lock(runner, wheel(runner, "tiny", needs="other"))
        assert install(runner).code == 0
        assert not (runner.temp / LIB / "other.py").exists()

    def test_it_is_done_once_a_job_for_one_lock(self, runner: Runner) -> None:
        lock(runner, wheel(runner, "tiny"))
        assert install(runner).code == 0
        shutil.rmtree(runner.environ["PIP_FIND_LINKS"])
        assert install(runner).code == 0
        lock(runner, "tiny==2.0 --hash=sha256:" + "0" * 64)
        assert install(runner).code != 0

    @pytest.mark.parametrize("name", ["PIP_USER", "PIP_REQUIRE_VIRTUALENV"])
    def test_a_machine_that_wants_packages_elsewhere_is_no_hindrance(
        self, runner: Runner, name: str, tmp_path: Path
    ) -> None:
        """Many set these for themselves, in the environment or in a file."""
        settings = tmp_path / "pip.conf"
        settings.write_text(f"[global]\n{name.removeprefix('PIP_').lower().replace('_', '-')} = true\n")
        runner.environ |= {name: "1", "PIP_CONFIG_FILE": str(settings)}
        runner.path = f"{outside(tmp_path)}{os.pathsep}{runner.path}"
        lock(runner, wheel(runner, "tiny"))
        ran = install(runner)
        assert ran.code == 0, ran.log
        assert (runner.temp / LIB / "tiny.py").is_file()

    def test_one_that_was_cut_off_is_done_again(self, runner: Runner) -> None:
        (runner.temp / LIB).mkdir(parents=True)
        (runner.temp / LIB / "half.py").touch()
        lock(runner, wheel(runner, "tiny"))
        assert install(runner).code == 0
        assert not (runner.temp / LIB / "half.py").exists()

    def test_nothing_in_the_current_folder_is_run(self, runner: Runner) -> None:
        for name in ("pip", "sys", "json", "sitecustomize"):
            (runner.workspace / f"{name}.py").write_text("import os; os._exit(9)\n")
        lock(runner, wheel(runner, "tiny"))
        ran = install(runner)
        assert ran.code == 0, ran.log


class TestFindingPython:
    """The runner's own, which costs no time; else one that is there; else words."""

    @pytest.fixture
    def tools(self, runner: Runner, tmp_path: Path) -> Path:
        """A PATH on which every Python is too old."""
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in ("bash", "cmp", "rm", "cp"):
            (folder / name).symlink_to(str(shutil.which(name)))
        self.program(folder / "python3", "exit 1")
        runner.path = str(folder)
        return folder

    def program(self, path: Path, line: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def found(self, runner: Runner) -> Ran:
        return runner.run([FIND], {})

    def test_python3_is_taken_where_it_is_new_enough(self, runner: Runner) -> None:
        assert self.found(runner).steps["python"] == {"path": shutil.which("python3", path=runner.path)}

    def test_another_one_is_taken_where_it_is_too_old(self, runner: Runner, tools: Path) -> None:
        """Platform: the `python3` of ubuntu-22.04 is 3.10."""
        self.program(tools / "python3.12", f'exec {sys.executable} "$@"')
        assert self.found(runner).steps["python"] == {"path": str(tools / "python3.12")}

    @pytest.mark.usefixtures("tools")
    def test_one_of_those_that_hosted_runners_keep_is_taken(self, runner: Runner) -> None:
        kept = Path(runner.environ["RUNNER_TOOL_CACHE"]) / "Python"
        self.program(kept / "3.10.18" / "x64" / "bin" / "python3", "exit 0")
        self.program(kept / "3.13.7" / "x64" / "bin" / "python3", f'exec {sys.executable} "$@"')
        assert self.found(runner).steps["python"] == {"path": str(kept / "3.13.7" / "x64" / "bin" / "python3")}

    @pytest.mark.usefixtures("tools")
    def test_where_there_is_none_it_says_what_to_do(self, runner: Runner) -> None:
        ran = self.found(runner)
        assert ran.code == 1
        assert "Python 3.11" in ran.log
        assert "setup-python" in ran.log

    def test_on_windows_it_says_so_at_once(self, runner: Runner) -> None:
        runner.environ["RUNNER_OS"] = "Windows"
        ran = self.found(runner)
        assert ran.code == 1
        assert "Linux and macOS" in ran.log

    def test_one_without_pip_does_not_serve(self, runner: Runner, tools: Path, tmp_path: Path) -> None:
        """Some systems part the two."""
        bare = tmp_path / "bare"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
        self.program(tools / "python3.14", f'exec {bare}/bin/python "$@"')
        self.program(tools / "python3.11", f'exec {sys.executable} "$@"')
        assert self.found(runner).steps["python"] == {"path": str(tools / "python3.11")}


def test_the_locked_packages_alone_are_enough_to_run(tmp_path: Path) -> None:
    """From nothing, on a Python that has nothing: what a runner does. It needs a package index, or is skipped."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", bare], check=True)
    pip = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTPS_", "NO_"))}
    runner = Runner.create(tmp_path / "runner", {**pip, "GITHUB_TOKEN": "ghs_x", "GITHUB_REPOSITORY": "o/r"})
    nowhere = "http://127.0.0.1:9"
    runner.environ |= {"GITHUB_API_URL": nowhere, "GITHUB_SERVER_URL": nowhere}
    runner.path = f"{bare}/bin{os.pathsep}{os.environ['PATH']}"
    probe = [f"{bare}/bin/pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path / "probe"), "mdurl"]
    if subprocess.run(probe, capture_output=True, timeout=120, check=False).returncode:
        pytest.skip("no package index can be reached")

    ran = runner.use()
    assert ran.code == 2, ran.log
    assert f"{nowhere}/" in ran.log, "it has not come as far as asking GitHub"
    walk = "import importlib, pkgutil, mergebot\nfor found in pkgutil.walk_packages(mergebot.__path__, 'mergebot.'):\n"
    walk += "    if not found.name.endswith('__main__'): importlib.import_module(found.name)"
    path = os.pathsep.join((str(runner.temp / LIB), str(ROOT)))
    done = subprocess.run(
        [f"{bare}/bin/python", "-s", "-P", "-c", walk],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr

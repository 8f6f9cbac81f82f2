"""The lock of the Action: all that mergebot needs to run, each with its hashes, and no word of where it was found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.test_distributions import PROJECT, ROOT

TEXT = (ROOT / "requirements" / "action.txt").read_text(encoding="utf-8")
ENTRY = re.compile(r"^(\S+)==(\S+)(?: ; ([^\\\n]+))? \\\n((?: +--hash=\S+(?: \\)?\n)+)", re.MULTILINE)
REMEDY = "`make lock` makes it anew"
SYSTEMS = [
    {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "sys_platform": system,
        "platform_machine": machine,
    }
    for version in ("3.11", "3.12", "3.13", "3.14")
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
]
"""Where the Action runs; of the wheels' makers, some have none any more for macOS on x86-64."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """One package of the lock; `marker`: where it is needed, "" for everywhere."""

    version: str
    marker: str
    hashes: list[str]


LOCK = {
    canonicalize_name(name): Locked(version=version, marker=marker, hashes=hashes.split())
    for name, version, marker, hashes in ENTRY.findall(TEXT)
}


def needed(requirement: Requirement, system: dict[str, str], seen: set[str]) -> Iterator[Requirement]:
    """A requirement with all that it needs itself on a system, as the installed packages say."""
    if str(requirement) in seen:
        return
    seen.add(str(requirement))
    yield requirement
    for text in requires(requirement.name) or ():
        further = Requirement(text)
        extras = requirement.extras or {""}
        if further.marker is None or any(further.marker.evaluate({**system, "extra": extra}) for extra in extras):
            yield from needed(further, system, seen)


def test_every_package_that_runs_is_in_it_on_every_system_and_fits_every_range() -> None:
    for system in SYSTEMS:
        for text in PROJECT["dependencies"]:
            for requirement in needed(Requirement(text), system, set()):
                locked = LOCK.get(canonicalize_name(requirement.name))
                assert locked is not None, f"{requirement} is missing: {REMEDY}"
                assert requirement.specifier.contains(locked.version), f"{requirement}, not {locked.version}: {REMEDY}"
                if locked.marker:
                    marker = Requirement(f"x ; {locked.marker}").marker
                    assert marker is not None
                    assert marker.evaluate({**system, "implementation_name": "cpython"}), f"{requirement} on {system}"


def test_every_package_has_its_hashes_and_nothing_else_is_in_it() -> None:
    for locked in LOCK.values():
        hashes = [word for word in locked.hashes if word != "\\"]
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word) for word in hashes)
    assert re.sub(r"^ +# .*\n|^#.*\n", "", ENTRY.sub("", TEXT), flags=re.MULTILINE).strip() == ""


def test_it_does_not_say_where_packages_come_from() -> None:
    """A runner's own index or mirror is asked; the hashes hold anyway."""
    assert "://" not in TEXT
    assert "--index" not in TEXT
    assert "--find-links" not in TEXT

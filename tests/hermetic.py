"""No system or user configuration, no prompts, the same names and dates everywhere, so that shas are stable."""

import os
from pathlib import Path

import pytest

OURS = ("GIT_", "GITHUB_", "GH_", "MERGEBOT_", "RUNNER_", "XDG_")


def seal(patch: pytest.MonkeyPatch, home: Path) -> None:
    """Give this process and its children an environment that says nothing of the machine; `home` is empty."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    (home / ".gitconfig").write_text("[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n")
    patch.setenv("GIT_TERMINAL_PROMPT", "0")
    patch.setenv("LC_ALL", "C.UTF-8")
    patch.setenv("TZ", "UTC")
    patch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        patch.delenv(name, raising=False)

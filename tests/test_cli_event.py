"""The event that woke a pass, in one line: told, never believed, and never a reason to fail."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergebot.cli import event
from mergebot.cli.event import woken_by

ALICE = {"sender": {"login": "alice"}}
LABELED = {"action": "labeled", "number": 12, "pull_request": {"number": 12}, "label": {"name": "merge"}, **ALICE}
COMMENT = {"action": "created", "issue": {"number": 7}, "comment": {"body": "/mergebot merge"}, **ALICE}
QUEUED = {"head_branch": "b", "conclusion": None, "status": "queued"}
CI = {"name": "CI", "conclusion": "success", "head_branch": "feature/a", "pull_requests": []}


def woken(tmp_path: Path, name: str, payload: object) -> str:
    """What is told of an event with this payload (bytes: as they are)."""
    file = tmp_path / "event.json"
    file.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return woken_by({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)})


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("pull_request_target", LABELED, "labeled #12 by alice"),
        ("issue_comment", COMMENT, "created #7 by alice"),
        ("workflow_run", {"action": "completed", "workflow_run": CI}, "completed CI success on feature/a"),
        ("check_suite", {"action": "completed", "check_suite": QUEUED}, "completed queued on b"),
        ("status", {"context": "ci/test", "state": "failure", **ALICE}, "ci/test failure by alice"),
        ("push", {"ref": "refs/heads/main", **ALICE}, "on main by alice"),
        ("schedule", {"schedule": "*/15 * * * *"}, "*/15 * * * *"),
        ("workflow_dispatch", {"inputs": {}, "ref": "refs/heads/main", **ALICE}, "on main by alice"),
    ],
)
def test_what_happened_and_by_whom(tmp_path: Path, name: str, payload: dict[str, Any], told: str) -> None:
    assert woken(tmp_path, name, payload) == f"Woken by {name}: {told}"


def test_outside_of_actions_nothing_is_told() -> None:
    assert woken_by({}) == ""


@pytest.mark.parametrize("path", ["", "/nowhere/event.json", "/", "a\0b"])
def test_without_a_payload_its_name_is_told(path: str) -> None:
    assert woken_by({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": path}) == "Woken by push"


RUBBISH = [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b"[1]", b'"x"', b'{"action": 1e999}', b"1" * 10_000]


@pytest.mark.parametrize("raw", RUBBISH)
def test_rubbish_is_told_by_its_name(tmp_path: Path, raw: bytes) -> None:
    assert woken(tmp_path, "push", raw) == "Woken by push"


def test_one_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event, "LARGEST", 100)
    assert woken(tmp_path, "push", {"ref": "refs/heads/main"}) == "Woken by push: on main"
    assert woken(tmp_path, "push", {"ref": "refs/heads/main", "more": "x" * 100}) == "Woken by push"


def test_a_strangers_text_is_one_short_line(tmp_path: Path) -> None:
    hostile = {"action": "x\n::error::no", "pull_request": {"number": -3}, "sender": {"login": "e" * 500}}
    told = woken(tmp_path, "issues\r\n::set-output name=a::b", hostile)
    assert len(told.splitlines()) == 1
    assert len(told) < 250
    assert "#" not in told


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "action",
    "number",
    "sender",
    "pull_request",
    "issue",
    "workflow_run",
    "check_suite",
    "context",
    "ref",
    "schedule",
]
inner_keys = st.sampled_from(["number", "login", "name", "conclusion", "status", "head_branch"])


@given(st.dictionaries(st.sampled_from(KEYS), json_values | st.dictionaries(inner_keys, json_values)))
def test_whatever_it_is_there_is_one_line(tmp_path_factory: pytest.TempPathFactory, payload: dict[str, Any]) -> None:
    """Total: no payload fails a pass."""
    told = woken(tmp_path_factory.getbasetemp(), "push", payload)
    assert told.startswith("Woken by push")
    assert len(told.splitlines()) == 1

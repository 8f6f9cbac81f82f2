"""Every example of an event that GitHub publishes can wake a pass: none of them is more than a line in the log."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mergebot.cli.event import woken_by
from tests.conformance.github import EVENTS


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each example with the name of its event; none where npm has not brought them."""
    content = json.loads(EVENTS.read_text(encoding="utf-8")) if EVENTS.is_file() else []
    for event in content:
        for example in event["examples"]:
            yield event["name"], example


def told(folder: Path, name: str, payload: object) -> str:
    file = folder / "event.json"
    file.write_text(json.dumps(payload), encoding="utf-8")
    return woken_by({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)})


def test_they_are_all_there() -> None:
    """What is looped over below is not nothing."""
    names = [name for name, _ in examples()]
    assert len(names) > 300
    assert {"pull_request", "pull_request_review", "issue_comment", "workflow_run", "check_suite", "status", "push"} < {
        *names
    }


def test_every_one_is_told_in_a_line(tmp_path: Path) -> None:
    """With what happened, and by whom where GitHub says so."""
    for name, payload in examples():
        line = told(tmp_path, name, payload)
        assert line.startswith(f"Woken by {name}")
        assert len(line.splitlines()) == 1
        assert ("action" not in payload) or str(payload["action"])[:50] in line
        if "sender" in payload:
            assert line.endswith(f"by {payload['sender']['login']}")


@pytest.mark.parametrize("name", ["pull_request", "pull_request_review", "issue_comment", "issues"])
def test_those_of_a_pull_request_name_it(tmp_path: Path, name: str) -> None:
    for event, payload in examples():
        if event == name:
            number = payload["pull_request" if "pull_request" in payload else "issue"]["number"]
            assert re.search(rf" #{number} ", told(tmp_path, name, payload))

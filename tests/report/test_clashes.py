"""Who conflicts only with several others at once is told like every other conflict (contract 5)."""

import json

from mergebot.model.ids import PrNumber
from mergebot.model.plan import Clash, EntryState
from mergebot.model.questions import ConflictedPath
from mergebot.report.jsonform import plan_json
from mergebot.report.look import Look
from mergebot.report.markdown import plan_markdown
from mergebot.report.text import plan_text
from tests.report.plans import collision, entry, plan, prs


def clash(number: int, path: str) -> Clash:
    return Clash(pr=PrNumber(number), paths=(ConflictedPath(path=path, kind="content"),))


PLAN = plan(
    *(entry(number, EntryState.READY) for number in (1, 2, 3, 4)),
    order=prs(1, 2, 3, 4),
    conflicts=(collision(1, 3, "a.py"),),
    clashes=(clash(3, "a.py"), clash(4, "b.py")),
)


def test_a_clash_that_no_pair_explains_stands_with_the_conflicts() -> None:
    """#3 is explained by its pair, #4 conflicts with none alone."""
    shown = plan_text(PLAN, Look())
    listed = shown[shown.index("Conflicts between pull requests") :].splitlines()[1:3]

    assert [line.split() for line in listed] == [
        ["#1", "and", "#3", "a.py"],
        ["#4", "and", "those", "before", "it", "b.py"],
    ]
    assert "- #4 and those before it: `b.py`" in plan_markdown(PLAN)


def test_in_json_it_is_a_warning_for_a_conflict_there_has_two_prs() -> None:
    found = json.loads(plan_json(PLAN))

    assert found["conflicts"] == [{"prs": [1, 3], "files": ["a.py"]}]
    assert found["problems"] == [
        {
            "severity": "warning",
            "where": "#4",
            "message": "it conflicts in b.py when its turn comes, with what lands before it together",
        }
    ]

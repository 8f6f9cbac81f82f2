"""The sample fleet: eight agents on one web application, what each of them writes, and who depends on whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Files = Mapping[str, str]
"""Paths and what is to stand in them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One commit."""

    subject: str
    files: Files


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """One agent: its branch, its commits, and `mark`, a line that only its change brings and that must last.

    `on`: the agent whose branch it starts from, instead of main. `record`: its first record in `status.json`.
    """

    name: str
    branch: str
    mark: str
    work: tuple[Work, ...]
    record: Mapping[str, object] = field(default_factory=dict)
    on: str | None = None

    @property
    def author(self) -> str:
        """The name it commits under."""
        return self.name.replace("-", " ").title()

    @property
    def worktree(self) -> str:
        """Its work tree, from the repository's root."""
        return f"worktrees/{self.name}"


SETTINGS = '''"""Settings of the shop."""
{imports}
NAME = "shop"
SESSION_MINUTES = {minutes}
LANGUAGE = "en"
'''

ENVIRONMENT = "\nimport os\n"

SERVICES = '''"""What the shop does, apart from how it is asked."""


def price(order: dict[str, int]) -> int:
    """The sum of an order, in cents."""
    return sum(order.values())
'''

INDEX = """<!doctype html>
<title>shop</title>
{style}<main>
  <h1>shop</h1>
</main>
"""

START: Files = {
    ".gitignore": "/worktrees/\n/.agent-coordination/status.json\n/.agent-coordination/merge-queue.json\n",
    "README.md": "# shop\n\nA small web application that eight agents work on at once.\n",
    "app/main.py": '"""The shop."""\n\n\ndef main() -> str:\n    """Greet."""\n    return "welcome"\n',
    "app/settings.py": SETTINGS.format(imports="", minutes=60),
    "web/index.html": INDEX.format(style=""),
    "config/mergebot.yml": (
        "version: 1\nbase: main\nauto_merge:\n  conditions:\n    - tests_passing: true\n    - review_score: 10\n"
        "    - merge_conflicts: false\n    - dependencies_merged: true\n    - approvals: 1\n"
    ),
}
"""What main holds before any agent has begun."""

DEPENDENCIES: Mapping[str, object] = {
    "dependencies": {
        "testing-agent": ["backend-agent", "frontend-agent"],
        "docs-agent": ["security-agent", "backend-agent", "rag-agent"],
        "github-agent": ["backend-agent"],
    },
    "merge_order": [
        ["security-agent", "backend-agent", "frontend-agent", "rag-agent", "devops-agent"],
        ["github-agent"],
        ["testing-agent"],
        ["docs-agent"],
    ],
}

FINISHED: Mapping[str, object] = {
    "status": "ready",
    "progress": 1.0,
    "tests_passing": True,
    "review_score": 10,
    "approvals": 1,
}
"""The record of an agent whose work is done, tested, reviewed and approved."""

SOLVED: Files = {
    "app/settings.py": SETTINGS.format(imports=ENVIRONMENT, minutes='int(os.environ.get("SESSION_MINUTES", "15"))')
}
"""How a person solves the conflict: the new limit stays, and the environment may change it."""

IMPROVED = Work(
    subject="Name the sources of an answer",
    files={
        "app/answers.py": '"""Answers from the shop\'s documents."""\n\n\n'
        "def answer(question: str, documents: dict[str, str]) -> tuple[str, str]:\n"
        '    """The best passage, and the document it is from."""\n'
        "    words = set(question.lower().split())\n"
        "    best = max(documents, key=lambda name: len(words & set(documents[name].lower().split())))\n"
        "    return documents[best], best\n"
    },
)
"""What brings the review score from 8 to 10."""

AGENTS = (
    Agent(
        name="security-agent",
        branch="feature/security-hardening",
        mark='"""Whether a session of this age, in minutes, must log in again."""',
        record=FINISHED,
        work=(
            Work(
                subject="End idle sessions after fifteen minutes",
                files={
                    "app/settings.py": SETTINGS.format(imports="", minutes=15),
                    "app/sessions.py": '"""Sessions."""\n\nfrom app import settings\n\n\n'
                    "def expired(age: int) -> bool:\n"
                    '    """Whether a session of this age, in minutes, must log in again."""\n'
                    "    return age > settings.SESSION_MINUTES\n",
                },
            ),
        ),
    ),
    Agent(
        name="backend-agent",
        branch="feature/backend-architecture",
        mark='    """The sum of an order, in cents."""',
        record=FINISHED,
        work=(
            Work(subject="Split the services from the pages", files={"app/services.py": SERVICES}),
            Work(
                subject="Let the main page ask the services",
                files={
                    "app/main.py": '"""The shop."""\n\nfrom app import services\n\n\n'
                    "def main(order: dict[str, int]) -> str:\n"
                    '    """Greet, and say what the order costs."""\n'
                    '    return f"welcome, that makes {services.price(order)}"\n'
                },
            ),
        ),
    ),
    Agent(
        name="frontend-agent",
        branch="feature/frontend-improvements",
        mark="  max-width: 60rem;",
        record={"status": "in_progress", "progress": 0.85, "current_task": "Narrow screens"},
        work=(
            Work(
                subject="Give the pages a style that fits any screen",
                files={
                    "web/index.html": INDEX.format(style='<link rel="stylesheet" href="style.css">\n'),
                    "web/style.css": "main {\n  margin: auto;\n  max-width: 60rem;\n}\n",
                },
            ),
        ),
    ),
    Agent(
        name="rag-agent",
        branch="feature/rag-completion",
        mark='"""The best passage, and the document it is from."""',
        record={**FINISHED, "review_score": 8},
        work=(
            Work(
                subject="Answer questions from the documents",
                files={
                    "app/answers.py": '"""Answers from the shop\'s documents."""\n\n\n'
                    "def answer(question: str, documents: dict[str, str]) -> str:\n"
                    '    """The best passage."""\n'
                    "    words = set(question.lower().split())\n"
                    "    return max(documents.values(), key=lambda text: len(words & set(text.lower().split())))\n"
                },
            ),
        ),
    ),
    Agent(
        name="devops-agent",
        branch="feature/devops-infrastructure",
        mark='CMD ["python", "-m", "app.main"]',
        record=FINISHED,
        work=(
            Work(
                subject="Run the shop in a container, set up by its environment",
                files={
                    "app/settings.py": SETTINGS.format(
                        imports=ENVIRONMENT, minutes='int(os.environ.get("SESSION_MINUTES", "60"))'
                    ),
                    "infra/Dockerfile": 'FROM python:3.12-slim\nCOPY app /app\nCMD ["python", "-m", "app.main"]\n',
                },
            ),
        ),
    ),
    Agent(
        name="github-agent",
        branch="feature/github-optimization",
        mark='"""The same sum, worked out once for each order."""',
        record=FINISHED,
        on="backend-agent",
        work=(
            Work(
                subject="Work out a price once",
                files={
                    "app/services.py": SERVICES + "\n\n"
                    "def cached_price(order: dict[str, int], seen: dict[str, int]) -> int:\n"
                    '    """The same sum, worked out once for each order."""\n'
                    "    return seen.setdefault(repr(order), price(order))\n"
                },
            ),
        ),
    ),
    Agent(
        name="testing-agent",
        branch="feature/testing-coverage",
        mark='    assert services.price({"tea": 250, "cup": 400}) == 650',
        record=FINISHED,
        work=(
            Work(
                subject="Test the sum of an order",
                files={
                    "tests/test_services.py": "from app import services\n\n\n"
                    "def test_an_order_costs_its_sum() -> None:\n"
                    '    assert services.price({"tea": 250, "cup": 400}) == 650\n'
                },
            ),
        ),
    ),
    Agent(
        name="docs-agent",
        branch="feature/documentation-updates",
        mark="Sessions end after fifteen idle minutes; an answer names its source.",
        record={"status": "in_progress", "progress": 0.6, "current_task": "The guide"},
        work=(
            Work(
                subject="Write the guide",
                files={
                    "docs/guide.md": "# Guide\n\nSessions end after fifteen idle minutes; an answer names its source.\n"
                },
            ),
        ),
    ),
)

BY_NAME: Mapping[str, Agent] = {agent.name: agent for agent in AGENTS}

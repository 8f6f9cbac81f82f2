"""What `mergebot doctor` asks, by a person who may see it all and by an app that may not."""

from tests.conformance.scenario import Client
from tests.server.hub import GitHub

PATHS = (
    "labels?per_page=100&page=1",
    "actions/permissions",
    "actions/permissions/workflow",
    "actions/workflows?per_page=100&page=1",
    "actions/workflows/none.yml/runs",
)


def surveying(hub: GitHub) -> None:
    """Everything once, in a repository that has been used."""
    hub.user("root", permission="admin")
    for token in (hub.token("root"), hub.token("mergebot", kind="app")):
        client = Client(hub, token)
        for path in PATHS:
            client.get(path)
        [workflow, *_] = client.get("actions/workflows")["workflows"]
        client.get(f"actions/workflows/{workflow['id']}/runs?per_page=1&page=1")

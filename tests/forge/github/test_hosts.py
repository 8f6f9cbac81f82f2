"""Where GitHub is: one variable is enough, and no token goes to a host that nobody named (contract 5)."""

import pytest

from mergebot.errors import AccessError
from mergebot.forge.github.hosts import Hosts


@pytest.mark.parametrize(
    ("environ", "api", "server", "graphql"),
    [
        ({}, "https://api.github.com", "https://github.com", "https://api.github.com/graphql"),
        (
            {"GITHUB_API_URL": "https://api.github.com/", "GITHUB_SERVER_URL": "https://github.com/"},
            "https://api.github.com",
            "https://github.com",
            "https://api.github.com/graphql",
        ),
        (
            {"GITHUB_SERVER_URL": "https://git.example"},
            "https://git.example/api/v3",
            "https://git.example",
            "https://git.example/api/graphql",
        ),
        (
            {"GITHUB_API_URL": "https://git.example:8443/api/v3/"},
            "https://git.example:8443/api/v3",
            "https://git.example:8443",
            "https://git.example:8443/api/graphql",
        ),
        (
            {"GITHUB_SERVER_URL": "https://tenant.ghe.com"},
            "https://api.tenant.ghe.com",
            "https://tenant.ghe.com",
            "https://api.tenant.ghe.com/graphql",
        ),
        (
            {"GITHUB_API_URL": "https://api.tenant.ghe.com"},
            "https://api.tenant.ghe.com",
            "https://tenant.ghe.com",
            "https://api.tenant.ghe.com/graphql",
        ),
    ],
)
def test_one_variable_gives_the_rest(environ: dict[str, str], api: str, server: str, graphql: str) -> None:
    hosts = Hosts.of(environ)
    assert (hosts.api, hosts.server, hosts.graphql_url) == (api, server, graphql)


def test_graphql_may_be_at_a_place_of_its_own_on_the_same_host() -> None:
    environ = {"GITHUB_API_URL": "https://git.example/api/v3", "GITHUB_GRAPHQL_URL": "https://git.example/g/graphql"}
    assert Hosts.of(environ).graphql_url == "https://git.example/g/graphql"


def test_graphql_on_another_host_is_passed_over() -> None:
    """A runner sets all three: who changed only the API's must not send the token to github.com."""
    environ = {"GITHUB_API_URL": "https://git.example/api/v3", "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql"}
    assert Hosts.of(environ).graphql_url == "https://git.example/api/graphql"


@pytest.mark.parametrize("name", ["GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_GRAPHQL_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "git.example",
        "ftp://git.example",
        "https://",
        "https://me:hunter2@git.example",
        "https://git.example?a=b",
        "https://git.example#a",
        "https://git.example:port",
        "https://[git",
        "https://git .example",
        "https://git\nexample",
    ],
)
def test_what_cannot_be_used_is_refused_by_the_variables_name(name: str, url: str) -> None:
    """The value is not shown: it may hold a password."""
    with pytest.raises(AccessError, match=f"{name} is no URL") as caught:
        Hosts.of({name: url})
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_only_a_server_of_ones_own_is_called_so() -> None:
    assert [
        Hosts.of({"GITHUB_SERVER_URL": url}).is_enterprise for url in ("", "https://x.ghe.com", "https://g.ex")
    ] == [
        False,
        False,
        True,
    ]


def test_pages_and_clones_are_on_the_server() -> None:
    hosts = Hosts.of({"GITHUB_SERVER_URL": "https://git.example:8443"})
    assert hosts.git_url("o/r") == "https://git.example:8443/o/r.git"
    assert hosts.page("o/r") == "https://git.example:8443/o/r"
    assert (hosts.name, hosts.api_name) == ("git.example:8443", "git.example:8443")

"""Accounts in GraphQL: users, bots, organisations, and what they may do."""

from tests.server.graphql_serving import Context, Fields, Item
from tests.server.state import App, Issue, Repository, User, node_id

KINDS = {"User": "User", "Bot": "Bot", "Organization": "Organization"}


def actor(ctx: Context, login: str | None) -> Item[User] | None:
    """The author of something: null for a deleted account; `Bot` for an app's (platform: without `[bot]`)."""
    found = ctx.state.user(login) if login else None
    return None if found is None else Item(ctx, KINDS[found.kind], found)


def viewer(ctx: Context) -> Item[User]:
    """The account of the token. platform: an app's is a User whose login keeps its `[bot]`."""
    return Item(ctx, "User", ctx.viewer)


def association(ctx: Context, repo: Repository, login: str | None) -> str:
    """A CommentAuthorAssociation; it says nothing of rights."""
    if login is None or ctx.state.user(login) is None:
        return "NONE"
    if login == repo.owner:
        return "OWNER"
    if login in repo.permissions and repo.permissions[login] != "none":
        return "COLLABORATOR"
    merged = any(issue.author == login and issue.merged for issue in repo.pulls)
    return "CONTRIBUTOR" if merged else "NONE"


def is_writer(ctx: Context, repo: Repository, login: str | None) -> bool:
    """Whether this account may push to the repository."""
    return login is not None and ctx.state.can(repo, login, "write")


def edited_by(issue: Item[Issue]) -> Item[User] | None:
    """Who edited the body last."""
    return actor(issue.ctx, issue.it.editor)


def _login(user: Item[User]) -> str:
    return user.it.bare if user.kind == "Bot" else user.it.login


def _url(user: Item[User]) -> str:
    path = f"apps/{user.it.bare}" if user.it.kind == "Bot" else user.it.login
    return f"{user.ctx.url}/{path}"


ACTOR: Fields[User] = {
    "id": lambda user: node_id("U", user.it.id),
    "login": _login,
    "databaseId": lambda user: user.it.id,
    "url": _url,
    "resourcePath": lambda user: _url(user).removeprefix(user.ctx.url),
    "avatarUrl": lambda user: f"{user.ctx.url}/avatars/u/{user.it.id}",
}

USER: Fields[User] = {
    **ACTOR,
    "name": lambda user: user.it.name or None,
    "email": lambda _: "",
    "isViewer": lambda user: user.it.login == user.ctx.token.login,
}

ORGANIZATION: Fields[User] = {**ACTOR, "name": lambda user: user.it.name or None}

APP: Fields[App] = {
    "id": lambda app: node_id("A", app.it.id),
    "databaseId": lambda app: app.it.id,
    "slug": lambda app: app.it.slug,
    "name": lambda app: app.it.name,
    "url": lambda app: f"{app.ctx.url}/apps/{app.it.slug}",
}

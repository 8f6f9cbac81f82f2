"""What a route answers: an object for the body, or a refusal in GitHub's words."""

from dataclasses import dataclass, field
from typing import Any

DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Answer:
    """`body`: what is sent as JSON; None sends nothing. `raw`: sent instead of it; `cut`: only half of it is sent."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False


class Refused(Exception):  # noqa: N818 (it is an answer, not an error of the server)
    """GitHub says no: the status and its words."""

    def __init__(
        self,
        status: int,
        words: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(words)
        self.headers = headers or {}
        self.status = status
        self.words = words
        self.errors = errors

    def answer(self) -> Answer:
        """As REST sends it."""
        body: dict[str, Any] = {"message": self.words, "documentation_url": DOCS, "status": str(self.status)}
        if self.errors is not None:
            body["errors"] = self.errors
        return Answer(self.status, body, dict(self.headers))


class UnknownRequestError(Exception):
    """The test server does not know this route, method, parameter or field: the test fails."""


def missing() -> Refused:
    """GitHub's answer for what does not exist, or may not be seen."""
    return Refused(404, "Not Found")


def invalid(resource: str, field_name: str, message: str = "", *, code: str = "") -> Refused:
    """422 with one entry of `errors`."""
    error = {"resource": resource, "field": field_name, "code": code or ("custom" if message else "invalid")}
    if message:
        error["message"] = message
    return Refused(422, "Validation Failed", errors=[error])

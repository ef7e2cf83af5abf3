"""The errors a caller may see, each one problem document (RFC 9457).

They derive from Chalice's unhandled error, the only one its middleware gets to see.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple, Self

from chalice.app import ChaliceUnhandledError

MEDIA_TYPE = "application/problem+json"


class FieldError(NamedTuple):
    """What is wrong with one field; `field` is a JSON pointer such as `/seatCount`."""

    field: str
    message: str


class Problem(ChaliceUnhandledError):
    """An answer other than success.

    Args:
        detail: One sentence for the caller: what is wrong and what to do.
        errors: The fields at fault, if it is fields.
        retry_after_s: Seconds after which trying again makes sense.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error"
    retryable: bool = False

    def __init__(
        self,
        detail: str,
        errors: Iterable[FieldError] = (),
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.retry_after_s = retry_after_s

    def document(self, request_id: str) -> dict[str, Any]:
        """Return the body of the answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "requestId": request_id,
        }
        if self.errors:
            body["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return body

    def headers(self) -> dict[str, str]:
        """Return the headers of the answer."""
        headers = {"Content-Type": MEDIA_TYPE}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        return headers


class BadRequest(Problem):
    """The request cannot be read."""

    status = 400
    title = "Bad Request"


class Unauthorized(Problem):
    """Nobody has been identified."""

    status = 401
    title = "Unauthorized"


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    title = "Forbidden"


class NotFound(Problem):
    """There is no such thing, or it is another tenant's."""

    status = 404
    title = "Not Found"

    @classmethod
    def of(cls, noun: str) -> Self:
        """Return the one wording for a missing id and for another tenant's."""
        return cls(f"There is no {noun} with this id.")


class Conflict(Problem):
    """The request contradicts the state of things."""

    status = 409
    title = "Conflict"


class InProgress(Conflict):
    """The same request is being worked on by another caller right now."""

    retryable = True


class PayloadTooLarge(Problem):
    """The body is larger than the route accepts."""

    status = 413
    title = "Payload Too Large"


class UnsupportedMediaType(Problem):
    """The body is not of a media type that the route reads."""

    status = 415
    title = "Unsupported Media Type"


class Unprocessable(Problem):
    """The request can be read and makes no sense."""

    status = 422
    title = "Unprocessable Content"


class TooManyRequests(Problem):
    """A limit is reached."""

    status = 429
    title = "Too Many Requests"
    retryable = True


class ServiceUnavailable(Problem):
    """Something we need cannot be reached now; the same request may succeed later."""

    status = 503
    title = "Service Unavailable"
    retryable = True

"""Answers of Stripe's API other than success (https://docs.stripe.com/api/errors)."""

from typing import Any


class Fault(Exception):
    """A refusal, as Stripe words it.

    Args:
        message: for the person who reads it.
        status: of HTTP.
        kind: such as `invalid_request_error`.
        details: further members of the error, such as `code` and `param`.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **details}}


def missing(kind: str, object_id: str, param: str = "id") -> Fault:
    """Refuse an id that there is not."""
    return Fault(
        f"No such {kind.replace('_', '')}: '{object_id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def required(param: str) -> Fault:
    """Refuse a request that lacks a parameter."""
    return Fault(f"Missing required param: {param}.", code="parameter_missing", param=param)


def declined(code: str, decline_code: str, message: str, **details: Any) -> Fault:
    """Refuse a charge in the name of the card's bank."""
    return Fault(
        message, status=402, kind="card_error", code=code, decline_code=decline_code, **details
    )

"""From bytes to a typed request; what does not fit is refused with the place and the reason."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from chalice.app import Request
from pydantic import BaseModel, ValidationError

from handlers.platform.base.errors import (
    BadRequest,
    FieldError,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)

Parsed = TypeVar("Parsed", bound=BaseModel)

MAX_BODY_BYTES: Final = 256 * 1024

_WORD_BEGINS: Final = re.compile(r"(?=[A-Z])")
_MESSAGES: Final = {"missing": "is required", "extra_forbidden": "is unknown here"}


def raw_body(request: Request) -> bytes:
    """Give the body as bytes.

    Raises:
        BadRequest: It is not the base64 it claims to be.
        PayloadTooLarge: It is larger than any request needs to be.
    """
    try:
        raw = request.raw_body
    except ValueError as error:
        raise BadRequest("The body is not valid base64.") from error
    body = raw.encode() if isinstance(raw, str) else raw
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLarge(
            f"The body has {len(body)} bytes; at most {MAX_BODY_BYTES} are accepted."
        )
    return body


def parse_body(request: Request, model: type[Parsed]) -> Parsed:
    """Read the JSON body.

    Raises:
        BadRequest: It is not JSON, or not of this shape.
        UnsupportedMediaType: It claims to be something else than JSON.
    """
    body = raw_body(request)
    media_type = request.headers.get("content-type", "application/json")
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(f"Send application/json, not {media_type[:100]!r}.")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error, len(body)) from error


def parse_member(name: str, value: object, model: type[Parsed]) -> Parsed:
    """Read a member of the body whose shape depends on another one.

    Raises:
        BadRequest: It is not of this shape.
    """
    try:
        return model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise BadRequest("The body is not valid.", list(_field_errors(error, [name]))) from error


def refuse_body(request: Request) -> None:
    """Make sure that a request without a body has none; an empty object passes as none.

    Raises:
        BadRequest: There is one.
    """
    if raw_body(request).strip() not in (b"", b"{}"):
        raise BadRequest("This request takes no body.")


def parse_query(request: Request, model: type[Parsed] | None) -> Parsed | None:
    """Read the query string.

    Raises:
        BadRequest: A parameter is unknown, given twice, or has a wrong value.
    """
    values = _single_values(request)
    if model is None:
        faults = [FieldError(name, _MESSAGES["extra_forbidden"]) for name in values]
        if faults:
            raise BadRequest("This request takes no query parameters.", faults)
        return None
    try:
        return model.model_validate_strings(values, by_alias=True)
    except ValidationError as error:
        faults = [FieldError(str(fault["loc"][0]), _message(fault)) for fault in error.errors()]
        raise BadRequest("The query is not valid.", faults) from error


def parse_ids(parameters: Mapping[str, str], read: Callable[[str], object]) -> dict[str, object]:
    """Read the ids of the path: ``{"tenantId": ...}`` becomes ``{"tenant_id": UUID}``.

    Args:
        parameters: As they stand in the path.
        read: Makes an id of its text, or raises ValueError.

    Raises:
        NotFound: What cannot be an id is treated like an id that does not exist.
    """
    ids: dict[str, object] = {}
    for name, text in parameters.items():
        words = _WORD_BEGINS.sub(" ", name.removesuffix("Id")).lower()
        try:
            ids[f"{words.replace(' ', '_')}_id"] = read(text)
        except ValueError as error:
            raise NotFound.of(words) from error
    return ids


def _single_values(request: Request) -> dict[str, str]:
    given = request.query_params
    names = list(given) if given is not None else []
    repeated = [name for name in names if given is not None and len(given.getlist(name)) > 1]
    if repeated:
        raise BadRequest(
            "A query parameter is given twice.",
            [FieldError(name, "once only") for name in repeated],
        )
    return {name: given[name] for name in names} if given is not None else {}


def _refusal(error: ValidationError, size: int) -> BadRequest:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        reason = "it is empty" if size == 0 else str(first["ctx"]["error"])
        return BadRequest(f"The body is not JSON: {reason}.")
    return BadRequest("The body is not valid.", list(_field_errors(error)))


def _field_errors(error: ValidationError, within: Sequence[str] = ()) -> Iterable[FieldError]:
    for fault in error.errors():
        yield FieldError(_pointer([*within, *fault["loc"]]), _message(fault))


def _pointer(location: Sequence[int | str]) -> str:
    """Write a place as a JSON pointer (RFC 6901)."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "".join(f"/{part}" for part in parts)


def _message(fault: Mapping[str, object]) -> str:
    message = str(fault["msg"]).removeprefix("Value error, ").replace("Input should", "should")
    return _MESSAGES.get(str(fault["type"]), message)

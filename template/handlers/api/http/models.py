"""The shape of bodies, queries and answers: camelCase, frozen, nothing unknown."""

from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from handlers.catalog.tier import camel

Value = TypeVar("Value")

_DELETE: Final = 0x7F


class Body(BaseModel):
    """What a caller sends as JSON; a number in a string is a string, not a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=camel, defer_build=True
    )


class Query(BaseModel):
    """What a caller sends behind the question mark."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=camel, defer_build=True)


class Answer(BaseModel):
    """What we send; a field without a value is left out."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=camel,
        populate_by_name=True,
        from_attributes=True,
        defer_build=True,
    )

    def to_json(self) -> dict[str, Any]:
        """Make plain JSON values: times in UTC, ids and decimals as strings."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _not_null(value: Value) -> Value:
    if value is None:
        raise ValueError("must not be null: leave the field out instead")
    return value


def _printable(text: str) -> str:
    if any(ord(character) < ord(" ") or ord(character) == _DELETE for character in text):
        raise ValueError("must not contain control characters")
    return text


# A field that may be left out; null is not a way of leaving it out.
Optional = Annotated[Value | None, AfterValidator(_not_null)]

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$"),
    AfterValidator(_printable),
]


class PageQuery(Query):
    """Which page of a list."""

    limit: int = Field(default=20, ge=1, le=100, description="How many items at most.")
    cursor: str | None = Field(
        default=None, max_length=200, description="`nextCursor` of the page before."
    )

"""The shape of bodies, queries and answers: camelCase, frozen, nothing unknown."""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic.alias_generators import to_camel

from handlers.platform.base.json_models import Omittable, Shape
from handlers.platform.base.money import plain

__all__ = [
    "Answer",
    "Body",
    "Email",
    "ExactAmount",
    "Name",
    "Omittable",
    "PageQuery",
    "Query",
    "RawBody",
]

_DELETE: Final = 0x7F


class Body(Shape):
    """What a caller sends as JSON."""


class RawBody(Body):
    """Any JSON object, which the view gets as the bytes that came: a signature is over those."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


class Query(BaseModel):
    """What a caller sends behind the question mark."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, defer_build=True
    )


class Answer(BaseModel):
    """What we send; a field without a value is left out."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        defer_build=True,
    )

    def to_json(self) -> dict[str, Any]:
        """Make plain JSON values: times in UTC, ids and decimals as strings."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _printable(text: str) -> str:
    if any(ord(character) < ord(" ") or ord(character) == _DELETE for character in text):
        raise ValueError("must not contain control characters")
    return text


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


# An exact amount of money in major units, where minor units would round it
ExactAmount = Annotated[Decimal, PlainSerializer(plain, return_type=str)]


class PageQuery(Query):
    """Which page of a list."""

    limit: int = Field(default=20, ge=1, le=100, description="How many items at most.")
    cursor: str | None = Field(
        default=None, max_length=200, description="`nextCursor` of the page before."
    )

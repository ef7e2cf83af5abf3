"""The shape of JSON that comes from outside: camelCase, strict, frozen, nothing unknown."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from handlers.catalog.preferences import CURRENCIES

Value = TypeVar("Value")


class Shape(BaseModel):
    """An object of JSON; a number in a string is a string, not a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, defer_build=True
    )


def _not_null(value: Value) -> Value:
    if value is None:
        raise ValueError("must not be null: leave the field out instead")
    return value


# A field that may be left out; null is not a way of leaving it out.
Omittable = Annotated[Value | None, AfterValidator(_not_null)]


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("is no currency of ISO 4217, such as USD")
    return code


Currency = Annotated[str, AfterValidator(_currency)]

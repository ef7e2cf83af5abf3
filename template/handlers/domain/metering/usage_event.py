"""A usage event as it is reported, and what becomes of it."""

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StringConstraints

from handlers.platform.base.json_models import Omittable, Shape

RequestType = Literal["chat", "embedding", "image", "audio", "video"]
UsageEventStatus = Literal["accepted", "duplicate", "rejected"]

Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[^\u0000-\u001f\u007f]{1,200}$")]
Tokens = Annotated[StrictInt, Field(ge=0, le=10**9)]


class UsageEvent(Shape):
    """One request to a model."""

    request_id: Key = Field(description="The caller's own key; the same one is counted once.")
    provider_id: Key
    model_id: Key
    model_name: Omittable[ModelName] = None
    request_type: RequestType
    input_tokens: Tokens
    output_tokens: Tokens
    latency_ms: Annotated[StrictInt, Field(ge=0, le=86_400_000)]
    cached: StrictBool = False
    phi_detected: StrictBool = Field(
        default=False, description="Whether it held protected health information."
    )
    phi_sanitized: StrictBool = False
    user_id: Omittable[Key] = Field(default=None, description="Who asked; the caller by default.")
    occurred_at: Omittable[AwareDatetime] = Field(default=None, description="Now by default.")
    corrects: Omittable[Key] = Field(
        default=None, description="`requestId` of the event that this one replaces."
    )


class UsageEventOutcome(NamedTuple):
    """What became of an event.

    Args:
        reason: why it was rejected.
        event_id: of the event that counts, which for a duplicate is the one that was first.
        provider_cost: what the provider charges, in major units; None if it was rejected, or is a
            duplicate of an event that is no longer kept.
        billed_cost: with the tenant's margin of now.
        estimated: whether there was no price for it, and it cost the default.
    """

    request_id: str
    status: UsageEventStatus
    reason: str | None = None
    event_id: UUID | None = None
    provider_cost: Decimal | None = None
    billed_cost: Decimal | None = None
    currency: str | None = None
    estimated: bool | None = None

"""Money: one invoice at Stripe, one charge, one credit note and one refund, whatever breaks off."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.consumers import collect_payments
from handlers.domain.billing.invoices import Invoice
from handlers.platform.base.clock import system_clock

from .. import collecting
from .operation import Attempt, Operation
from .world import World

_KEY: Final = {"Idempotency-Key": "once"}


def collect(world: World) -> Attempt:
    """The invoice is brought to Stripe and charged to the card."""
    _billed(world, is_automatic=True)
    return lambda: _work_off(world, "invoice.finalized")


def collect_what_was_credited(world: World) -> Attempt:
    """The credit note is there before the card is charged."""
    collecting.credit(_billed(world, is_automatic=True), 500, system_clock())
    return lambda: _work_off(world, "invoice.finalized", "invoice.credited")


def credit(world: World) -> Attempt:
    """What is open at Stripe becomes less."""
    return _decide(world, "credit-notes", {"note": "Outage", "amountMinor": 500})


def credit_the_rest(world: World) -> Attempt:
    """Nothing is left open at Stripe, where an earlier credit note stands on the invoice."""
    invoice = _collected(world, is_automatic=False)
    collecting.credit(invoice, 500, system_clock())
    _work_off(world, "invoice.credited")
    return _decide(world, "credit-notes", {"note": "Outage"}, invoice)


def refund(world: World) -> Attempt:
    """A part of what was charged goes back to the card."""
    invoice = _collected(world, is_automatic=True)
    body = {"note": "Outage", "amountMinor": 500, "refund": True}
    return _decide(world, "credit-notes", body, invoice)


def void(world: World) -> Attempt:
    """Nobody can pay it at Stripe any more."""
    return _decide(world, "void", {"note": "A mistake"})


OPERATIONS: Final[Mapping[str, Operation]] = {
    name: Operation(prepare, breaks_commits=True)
    for name, prepare in {
        "collect": collect,
        "collect what was credited": collect_what_was_credited,
        "credit": credit,
        "credit the rest": credit_the_rest,
        "refund": refund,
        "void": void,
    }.items()
}


def _billed(world: World, *, is_automatic: bool) -> Invoice:
    collecting.pay_with(world.tenant, "pm_card_visa", system_clock())
    collecting.pay_automatically(world.tenant, is_automatic, system_clock())
    return collecting.issue(world.tenant, system_clock())


def _collected(world: World, *, is_automatic: bool) -> Invoice:
    invoice = _billed(world, is_automatic=is_automatic)
    _work_off(world, "invoice.finalized")
    return invoice


def _decide(
    world: World, step: str, body: Mapping[str, Any], invoice: Invoice | None = None
) -> Attempt:
    """Let the operator decide about an invoice, by default one that waits to be paid at a page."""
    chief = world.client(world.person("chief", "super_admin"))
    of = invoice or _collected(world, is_automatic=False)

    def attempt() -> None:
        chief.post(f"/v1/invoices/{of.invoice_id}/{step}", body, headers=_KEY)
        _work_off(world, "invoice.credited", "invoice.voided")

    return attempt


def _work_off(world: World, *event_types: str) -> None:
    """Hand over what was told, as the queue does it."""
    for event_type in event_types:
        world.hand_over(collect_payments, event_type)

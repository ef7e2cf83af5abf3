"""A month of usage: priced, reported by a machine, billed when the month is over, and paid."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import requests

from saasgen.tour.guide import TIMEOUT_S, Guide, claims_of

_DAY: Final = timedelta(days=1)
_PROVIDER: Final = "example-ai"
_MODEL: Final = "example-large"
_BATCH: Final = 100
_SECRET: Final = "arn:aws:secretsmanager:{region}:123456789012:secret:providers/example-ai"  # noqa: S105 - a name, no secret
_SCOPES: Final = ("metering.write", "billing.read")
# What matters of answers that are long
_PRICED: Final = ("modelId", "providerId", "prices/0/inputPerMillion", "prices/0/outputPerMillion")
_USED: Final = tuple(
    f"totals/0/{name}" for name in ("requestCount", "totalTokens", "providerCost", "billedCost")
)
_PAID: Final = (
    *("number", "status", "periodStart", "periodEnd"),
    *(f"lines/{line}/{name}" for line in (0, 1) for name in ("description", "amountMinor")),
    *("totalMinor", "paidAt", "paymentReference"),
)
# The stand-in's card that is never declined
_CARD: Final = "pm_card_visa"


class Month(NamedTuple):
    """A whole month that lies ahead."""

    start: datetime
    end: datetime

    @classmethod
    def after(cls, moment: datetime) -> "Month":
        """The month that begins next."""
        start = _next_first(moment)
        return cls(start, _next_first(start))


def price_a_model(guide: Guide, operator: str) -> None:
    """Enter a provider and a model with its price."""
    guide.step("The operator enters a provider of models, and what one of them costs")
    _provide(guide, operator)
    price = {"currency": _currency(guide), "inputPerMillion": "3", "outputPerMillion": "15"}
    model = {"displayName": "Example Large", "providerId": _PROVIDER, "prices": [price]}
    guide.call("PUT", f"/v1/pricing/models/{_MODEL}", operator, model, expect=200, show=_PRICED)


def pay_automatically(guide: Guide, admin: str) -> None:
    """Add a card, and have invoices charged to it and mailed."""
    guide.step("She adds a card, and has invoices charged to it and mailed as PDF")
    card = {"stripePaymentMethodId": _CARD, "makeDefault": True}
    guide.call("POST", "/v1/billing/payment-methods", admin, card, expect=201)
    terms = {"autoPay": True, "mailDocuments": True}
    guide.call("PUT", "/v1/billing/settings", admin, terms, expect=200, show=False)


def let_a_machine_in(guide: Guide, admin: str) -> str:
    """Make a machine client; return an access token that it got by itself."""
    guide.step("She lets a machine in: OAuth client credentials, scopes instead of a role")
    wanted = {"name": "Usage meter", "scopes": list(_SCOPES)}
    client = guide.call("POST", "/v1/admin/clients", admin, wanted, expect=201)
    path = f"/v1/admin/clients/{client['machineClientId']}/secret"
    secret = guide.call("GET", path, admin, expect=200, show=False)["clientSecret"]
    answer = requests.post(
        str(guide.sandbox.status().token_url),
        data={"grant_type": "client_credentials"},
        auth=(client["clientId"], secret),
        timeout=TIMEOUT_S,
    )
    guide.require(answer.ok, f"the machine got no token: {answer.text}")
    token = str(answer.json()["access_token"])
    claims = claims_of(token)
    guide.say(f"its token → tenant_id: {claims.get('tenant_id')}, scope: {claims.get('scope')}")
    guide.call("GET", "/v1/admin/users", token, expect=403, show=False)
    guide.say("administrators are none of its business → 403")
    return token


def use_for_a_month(guide: Guide, machine: str) -> Month:
    """Go to the end of the next whole month, and report what was used in it."""
    month = Month.after(guide.sandbox.status().now)
    guide.step(f"The clock moves to the end of {month.start:%B %Y}; the machine reports usage")
    moved = guide.move_clock(month.end - timedelta(hours=6))
    guide.say(f"clock → {moved.now:%Y-%m-%d %H:%M} UTC, schedules run: {len(moved.fired)}")
    batch = {"events": list(_events(month))}
    first = guide.call("POST", "/v1/metering/batch", machine, batch, expect=200, show=False)
    guide.say(f"POST /v1/metering/batch → {first['summary']}")
    again = guide.call("POST", "/v1/metering/batch", machine, batch, expect=200, show=False)
    guide.say(f"the same once more      → {again['summary']}")
    counted = (first["summary"]["accepted"], again["summary"]["duplicate"])
    guide.require(counted == (_BATCH, _BATCH), f"usage was not counted once: {counted}")
    return month


def look_ahead(guide: Guide, admin: str) -> None:
    """Show what the month costs so far, and will have cost."""
    guide.step("What the month costs so far, and where it leads")
    guide.call("GET", "/v1/metering/summary", admin, expect=200, show=_USED)
    guide.call("GET", "/v1/billing/projections", admin, expect=200)


def close(guide: Guide, admin: str, month: Month) -> dict[str, Any]:
    """Let the month end; return its invoice, which Stripe has been paid for."""
    guide.step("The month ends: the run bills, Stripe charges the card, its webhook says so")
    moved = guide.move_clock(month.end + _DAY)
    guide.say(f"clock → {moved.now:%Y-%m-%d %H:%M} UTC, schedules run: {', '.join(moved.fired)}")
    invoice = guide.until(
        lambda: _paid_of(guide, admin, month), "the month's invoice was not written and paid"
    )
    guide.call("GET", f"/v1/invoices/{invoice['invoiceId']}", admin, expect=200, show=_PAID)
    return invoice


def document(guide: Guide, admin: str, invoice: dict[str, Any]) -> None:
    """Fetch the invoice as people file it, and find it in the mail."""
    guide.step("The invoice as a document, and by mail")
    path = f"/v1/invoices/{invoice['invoiceId']}/document?format=pdf"
    found = guide.call("GET", path, admin, expect=200, show=False)
    answer = requests.get(found["url"], timeout=TIMEOUT_S)
    guide.require(answer.content.startswith(b"%PDF-"), "what was fetched is no PDF")
    target = guide.stack.work_dir / f"invoice-{invoice['number']}.pdf"
    target.write_bytes(answer.content)
    guide.say(f"{len(answer.content) / 1024:.0f} KiB → {target}")
    name = f"Invoice {invoice['number']}.pdf"
    mail = guide.mail(lambda m: any(file.name == name for file in m.files))
    guide.say(f"mail → {mail.subject} (to {mail.to[0]}), with {name}")


def _provide(guide: Guide, operator: str) -> None:
    """Name a provider; in production this takes two people."""
    config = {
        "isEnabled": True,
        "baseUrl": "https://api.example.com/v1",
        "apiKeySecretArn": _SECRET.format(region=guide.stack.answers["region"]),
    }
    request = {
        "type": "provider_change",
        "action": "add a provider",
        "resourceType": "model_provider",
        "resourceId": _PROVIDER,
        "details": {"config": config},
    }
    asked = guide.call("POST", "/v1/admin/approvals", operator, request, expect=201, show=False)
    path = f"/v1/admin/approvals/{asked['approvalId']}/process"
    decision = {"action": "approve", "contentHash": asked["contentHash"]}
    guide.call("POST", path, operator, decision, expect=200, show=False)


def _events(month: Month) -> Iterator[dict[str, Any]]:
    """A hundred requests over the month, three or four a day."""
    step = (month.end - _DAY - month.start) / _BATCH
    for number in range(_BATCH):
        yield {
            "requestId": f"tour-{month.start:%Y-%m}-{number}",
            "providerId": _PROVIDER,
            "modelId": _MODEL,
            "requestType": "chat",
            "inputTokens": 40_000 + 1_000 * number,
            "outputTokens": 9_000 + 100 * (number % 7),
            "latencyMs": 800 + 10 * (number % 30),
            "userId": f"user-{number % 5}",
            "occurredAt": (month.start + number * step).isoformat(),
        }


def _paid_of(guide: Guide, admin: str, month: Month) -> dict[str, Any] | None:
    listed = guide.call("GET", "/v1/invoices?status=paid", admin, expect=200, show=False)
    return next(
        (
            invoice
            for invoice in listed["items"]
            if invoice["reason"] == "period"
            and datetime.fromisoformat(invoice["periodStart"]) == month.start
        ),
        None,
    )


def _currency(guide: Guide) -> str:
    return str(guide.stack.answers["currency"])


def _next_first(moment: datetime) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)

"""What administrators read about an event, and the page of the app that shows more.

Every text has words of ours in it, so that nothing people typed stands alone and becomes a link.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.domain.notifications.mail_text import ROLES, day, moment, seats
from handlers.platform.base.money import Money

Data = Mapping[str, Any]


class NotificationText(NamedTuple):
    """What is told, and the page of the app that shows more."""

    title: str
    message: str
    link_path: str
    link_label: str


def tenant_updated(data: Data) -> NotificationText:
    """Name, address or settings of the tenant were changed."""
    return NotificationText(
        "Your organisation was changed", _changes(data), "/settings", "Show settings"
    )


def tenant_suspended(data: Data) -> NotificationText:
    """The operator suspended the tenant."""
    return NotificationText(
        f"{data['name']} is suspended",
        "Everything can still be read; nothing can be changed until the suspension is lifted.",
        "/",
        "Open the console",
    )


def tenant_reactivated(data: Data) -> NotificationText:
    """The operator lifted the suspension."""
    return NotificationText(
        f"{data['name']} is active again",
        "The suspension was lifted: everything works as before.",
        "/",
        "Open the console",
    )


def subscription_created(data: Data) -> NotificationText:
    """The tenant has a new subscription."""
    plan = SUBSCRIPTION_TIERS[data["planId"]].display_name
    return NotificationText(
        f"New subscription: {plan}",
        f"{seats(data['seatCount'])} from {day(data['periodStart'])} to {day(data['periodEnd'])} "
        f"for {Money(data['amount'], data['currency'])}.",
        f"/subscriptions/{data['subscriptionId']}",
        "Show the subscription",
    )


def invoice_finalized(data: Data) -> NotificationText:
    """There is a new invoice."""
    return _invoice(f"Invoice {data['number']} is ready", data)


def invoice(what: str) -> Callable[[Data], NotificationText]:
    """Something became of an invoice; a draft has no number."""

    def write(data: Data) -> NotificationText:
        which = f"Invoice {data['number']}" if "number" in data else "A draft of an invoice"
        return _invoice(f"{which} {what}", data)

    return write


def invoice_credited(data: Data) -> NotificationText:
    """Something of an invoice is given back."""
    return _invoice(
        f"Credit note {data['number']} on invoice {data['creditedNumber']} is ready",
        {**data, "dueAt": None},
    )


def budget_reached(data: Data) -> NotificationText:
    """The running period costs so much of its budget."""
    spent = Money(data["spent"], data["currency"])
    return NotificationText(
        f"{data['threshold']} % of the budget are reached",
        f"{spent} of {Money(data['budget'], data['currency'])} since {day(data['periodStart'])}; "
        f"the period ends on {day(data['periodEnd'])}.",
        "/billing",
        "Show the running period",
    )


def _invoice(title: str, data: Data) -> NotificationText:
    due = f", due on {day(data['dueAt'])}" if data.get("dueAt") else ""
    amount = Money(data.get("openAmount", data["amount"]), data["currency"])
    return NotificationText(
        title,
        f"{amount}{due}.",
        f"/invoices/{data['invoiceId']}",
        "Show the invoice",
    )


def payment_failed(data: Data) -> NotificationText:
    """An invoice could not be collected."""
    return NotificationText(
        f"The payment of invoice {data['number']} failed",
        f"{Money(data['amount'], data['currency'])} could not be collected "
        f"({data['reason'].replace('_', ' ')}). Check what you pay with.",
        "/billing/payment-methods",
        "Show payment methods",
    )


def payments_differ(data: Data) -> NotificationText:
    """Our invoices and the payment provider's do not agree."""
    kinds = ", ".join(f"{kind.replace('_', ' ')}: {n}" for kind, n in data["counts"].items())
    return NotificationText(
        "Payments do not agree with the provider's",
        f"Of {data['compared']} invoices compared, some differ ({kinds}). Nothing was changed.",
        "/invoices",
        "Show invoices",
    )


def refund_failed(data: Data) -> NotificationText:
    """Money that was credited to a customer did not go back."""
    then = (
        "Give it back another way."
        if data["isFinal"]
        else "It is tried again some times, and waits among the dead letters after that."
    )
    return NotificationText(
        f"The refund of credit note {data['number']} failed",
        f"{Money(data['amount'], data['currency'])} did not reach the customer "
        f"{data['customerTenantId']} ({data['reason'].replace('_', ' ')}). {then}",
        "/invoices",
        "Show invoices",
    )


def billing_settings_changed(data: Data) -> NotificationText:
    """How the tenant is billed was changed."""
    return NotificationText(
        "Billing settings were changed",
        _changes(data),
        "/billing/settings",
        "Show billing settings",
    )


def invitation(what: str) -> Callable[[Data], NotificationText]:
    """Something became of an invitation."""
    return lambda data: NotificationText(
        f"Invitation {what}: {data['email']}",
        f"{data['email']} as {ROLES[data['role']]}, invited by {data['invitedBy']}.",
        f"/invitations/{data['invitationId']}",
        "Show the invitation",
    )


def machine_client(what: str) -> Callable[[Data], NotificationText]:
    """Something became of a machine client."""
    return lambda data: NotificationText(
        f"Machine client {what}: {data['name']}",
        f"{data['name']} may: {', '.join(data['scopes'])}.",
        "/machine-clients",
        "Show the machine clients",
    )


def administrator(what: str) -> Callable[[Data], NotificationText]:
    """Something became of another administrator; `{role}` stands for their role."""
    return lambda data: NotificationText(
        f"{data['name']} {what.format(role=ROLES[data['role']])}",
        "If you did not expect this, look into the audit trail.",
        f"/administrators/{data['administratorId']}",
        "Show the administrator",
    )


def about_recipient(what: str) -> Callable[[Data], NotificationText]:
    """Something became of whom it is told; `{role}` stands for their role."""
    return lambda data: NotificationText(
        what.format(role=ROLES[data["role"]]),
        "Another administrator did this. If you did not expect it, ask them.",
        "/profile",
        "Show your profile",
    )


def approval_requested(data: Data) -> NotificationText:
    """Somebody waits for a decision."""
    message = f"{data['requestedByName']} asks for it. Decide until {moment(data['expiresAt'])}."
    return _approval("Approval wanted", message, data)


def decided(what: str) -> Callable[[Data], NotificationText]:
    """Somebody decided about a request, or took it back."""

    def write(data: Data) -> NotificationText:
        reason = f" The reason: {data['reason']}" if data.get("reason") else ""
        return _approval(what, f"By {data['decidedByName']}.{reason}", data)

    return write


def _approval(title: str, message: str, data: Data) -> NotificationText:
    return NotificationText(
        f"{title}: {data['action']} of {data['resourceType']} {data['resourceId']}",
        message,
        f"/approvals/{data['approvalId']}",
        "Show the request",
    )


def deployment(what: str) -> Callable[[Data], NotificationText]:
    """A version goes on its way; fields of the event stand in braces."""
    return lambda data: NotificationText(
        f"Version {data['version']} {what.format_map({**data, **data['after']})}",
        "It is on its way.",
        f"/deployments/{data['deploymentId']}",
        "Show the deployment",
    )


def _changes(data: Data) -> str:
    return f"What changed: {', '.join(sorted(data['after']))}."

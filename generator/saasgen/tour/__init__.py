"""A guided tour of a running stack: every step is a real call, printed with its real answer.

arrival ─▶ selling ─▶ administration ─▶ month
             each chapter's steps are functions of a guide
"""

from typing import NamedTuple

from rich.console import Console

from saasgen.sandbox.control.client import Sandbox
from saasgen.stack import Stack
from saasgen.tour import administration, arrival, month, selling
from saasgen.tour.guide import Guide


class Toured(NamedTuple):
    """What a tour leaves behind: a customer whose data can be looked at.

    Attributes:
        steps: how many steps there were.
        api_url: where the API is served.
        email: the customer's administrator.
        token: an access token of theirs, made after the last step.
    """

    steps: int
    api_url: str
    email: str
    token: str


def take(stack: Stack, sandbox: Sandbox, console: Console) -> Toured:
    """Take the whole tour.

    Args:
        stack: the stack.
        sandbox: its running sandbox.
        console: where the steps are printed.

    Raises:
        OutsideFailure: a step did not answer as it should; says which and what it answered.
    """
    guide = Guide(stack, sandbox, console)
    arrival.health(guide)
    operator = arrival.first_administrator(guide)
    arrival.uninvited(guide, operator)
    tenant = arrival.tenant(guide, operator)
    admin = arrival.tenant_administrator(guide, tenant, operator)
    selling.catalogue(guide)
    selling.subscribe(guide, admin)
    invoice = selling.fan_out(guide, tenant, admin)
    selling.isolation(guide, operator, tenant, invoice)
    selling.claims(guide, tenant)
    colleague = administration.second_administrator(guide, tenant, admin)
    administration.two_people(guide, tenant, admin, colleague)
    administration.audit(guide, admin)
    month.price_a_model(guide, operator)
    month.pay_automatically(guide, admin)
    machine = month.let_a_machine_in(guide, admin)
    period = month.use_for_a_month(guide, machine)
    month.look_ahead(guide, admin)
    paid = month.close(guide, admin, period)
    month.document(guide, admin, paid)
    email = str(tenant["email"])
    return Toured(guide.steps, sandbox.status().api_url, email, guide.users.sign_in(email))

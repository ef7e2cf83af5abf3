"""What stands on an invoice stays; the service, for the operator, adds credit notes alone."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from .conftest import Rows, insertion

WRITTEN_ONCE = [
    "reason", "subscription_id", "credited_invoice_id", "period_start", "period_end", "currency",
    "subtotal_minor", "tax_minor", "total_minor", "usage_minor", "margin", "tax_percent",
    "created_at",
]  # fmt: skip


@pytest.mark.parametrize("role", ["app", "service"])
def test_nothing_that_stands_on_an_invoice_can_be_changed(database: Any, role: str) -> None:
    query = "SELECT has_column_privilege(%s, 'invoices', %s, 'UPDATE')"
    with database.connect(role) as connection:
        may = {
            column: connection.execute(query, [role, column]).fetchone()[0]
            for column in ["status", *WRITTEN_ONCE]
        }
    assert may == {"status": True} | dict.fromkeys(WRITTEN_ONCE, False)


@pytest.mark.parametrize(
    ("changed", "refused"),
    [({}, False), ({"reason": "period", "credited_invoice_id": None}, True)],
)
def test_the_service_writes_credit_notes_and_no_other_invoice(
    database: Any, rows_of: Callable[[], Rows], changed: dict[str, object], refused: bool
) -> None:
    rows = rows_of()
    credited = rows.insert("invoices")
    credit = {"reason": "credit_note", "credited_invoice_id": credited["invoice_id"]}
    amounts = {"subtotal_minor": -2, "tax_minor": 0, "total_minor": -2}
    row = rows.make("invoices") | credit | amounts | changed
    with database.connect("service") as connection:
        if not refused:
            assert connection.execute(insertion("invoices", row), row).rowcount == 1
            return
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="service_credits"):
            connection.execute(insertion("invoices", row), row)

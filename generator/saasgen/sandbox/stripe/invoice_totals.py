"""What an invoice comes to: the sum of its items."""

from saasgen.sandbox.stripe.store import Resource, Store


def sum_up(store: Store, invoice: Resource) -> None:
    """Set lines and amounts of an invoice by the items it has now, in the order of their making."""
    items = [*store.every("invoiceitem", invoice=invoice["id"])][::-1]
    total = sum(item["amount"] for item in items)
    url = f"/v1/invoices/{invoice['id']}/lines"
    lines = [_line(invoice, item) for item in items]
    invoice["lines"] = {"object": "list", "url": url, "data": lines, "has_more": False}
    invoice.update(subtotal=total, total=total, amount_due=max(total, 0))
    invoice["amount_remaining"] = invoice["amount_due"] - invoice["amount_paid"]


def _line(invoice: Resource, item: Resource) -> Resource:
    return {
        "id": f"il_{item['id'].removeprefix('ii_')}",
        "object": "line_item",
        "amount": item["amount"],
        "currency": item["currency"],
        "description": item["description"],
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": item["metadata"],
        "period": item["period"],
        "quantity": item["quantity"],
        "subtotal": item["amount"],
    }

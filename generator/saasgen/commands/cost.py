"""`saasgen cost`: what a stack costs a month, by component, at one tier or at all of them."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from saasgen.commands.money import dollars, exact
from saasgen.commands.options import HERE, Json, StackPath, TierName
from saasgen.console import emit_json, out, say
from saasgen.costs.estimate import Component, Estimate, estimate
from saasgen.costs.usage import Usage, assumed, parse_changes, read_changes
from saasgen.errors import UserError
from saasgen.prices.price_list import PriceList, newest_prices
from saasgen.stack import Stack
from saasgen.tiers import TIERS


def cost(
    stack: StackPath = HERE,
    tier: TierName = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare", envvar="SAASGEN_COMPARE", help="All deployment tiers side by side."
        ),
    ] = False,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            envvar="SAASGEN_ASSUME", help="An assumption about use, as NAME=VALUE (repeatable)."
        ),
    ] = None,
    assumptions: Annotated[
        Path | None,
        typer.Option(
            envvar="SAASGEN_ASSUMPTIONS", help="JSON file of assumptions; --assume goes over it."
        ),
    ] = None,
    free_tier: Annotated[
        bool,
        typer.Option(
            "--free-tier",
            envvar="SAASGEN_FREE_TIER",
            help="Deduct AWS's free allowances, which all stacks of an account share.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Estimate what STACK costs a month, from its tier, its answers and an assumed use.

    Prices are those of a dated price file: check them before you decide by them.
    """
    if compare and tier is not None:
        raise UserError("--compare shows every tier: leave out --tier, or leave out --compare.")
    opened = Stack.open(stack)
    prices = newest_prices()
    changes = {
        **(read_changes(assumptions) if assumptions else {}),
        **parse_changes(assume or []),
    }
    sizes = [opened.tier(name) for name in (TIERS if compare else (tier,))]
    estimates = [
        estimate(
            size,
            opened.environment,
            assumed(size.name, opened.answers).with_changes(changes),
            prices,
            free_tier=free_tier,
        )
        for size in sizes
    ]
    if as_json:
        emit_json(_as_json(opened, prices, estimates, free_tier=free_tier))
        return
    if compare:
        _print_comparison(estimates)
    else:
        _print_estimate(estimates[0])
    _print_assumptions(estimates, set(changes))
    _say_where_prices_come_from(opened, prices, free_tier=free_tier)


def _print_estimate(found: Estimate) -> None:
    table = Table("component", "item", box=None, pad_edge=False)
    table.add_column("quantity", justify="right")
    table.add_column("unit")
    table.add_column("per month", justify="right")
    for component in found.components:
        name = component.name
        for line in component.lines:
            table.add_row(
                name, line.item, _quantity(line.quantity), line.unit, dollars(line.per_month)
            )
            name = ""
    table.add_section()
    table.add_row("[bold]total[/bold]", "", "", "", f"[bold]{dollars(found.per_month)}[/bold]")
    out.print(table)


def _print_comparison(estimates: list[Estimate]) -> None:
    table = Table("component", box=None, pad_edge=False)
    for found in estimates:
        table.add_column(found.tier, justify="right")
    for row in zip(*(found.components for found in estimates), strict=True):
        table.add_row(row[0].name, *(dollars(component.per_month) for component in row))
    table.add_section()
    totals = (f"[bold]{dollars(found.per_month)}[/bold]" for found in estimates)
    table.add_row("[bold]total[/bold]", *totals)
    out.print(table)


def _print_assumptions(estimates: list[Estimate], changed: set[str]) -> None:
    """Each assumption and its value per tier; a star on those that were given."""
    table = Table("assumption", box=None, pad_edge=False)
    for found in estimates:
        table.add_column(found.tier, justify="right")
    table.add_column("")
    for name, field in Usage.model_fields.items():
        values = (_quantity(getattr(found.usage, name)) for found in estimates)
        table.add_row(name + ("*" if name in changed else ""), *values, field.description)
    out.print()
    out.print(table)


def _say_where_prices_come_from(stack: Stack, prices: PriceList, *, free_tier: bool) -> None:
    say(f"Prices of {prices.region} as of {prices.as_of}, US dollars a month. {prices.note}")
    if not free_tier:
        say("Free allowances are not deducted (--free-tier does).")
    if stack.region != prices.region:
        say(
            f"[yellow]{stack.name} is in {stack.region}[/yellow], where prices differ from "
            f"{prices.region}'s, mostly upwards."
        )
    say("Change an assumption with --assume NAME=VALUE.")


def _quantity(amount: Decimal) -> str:
    text = f"{amount:,.2f}"
    return text.rstrip("0").rstrip(".")


def _as_json(
    stack: Stack, prices: PriceList, estimates: list[Estimate], *, free_tier: bool
) -> dict[str, object]:
    return {
        "stack": stack.name,
        "environment": stack.environment.name,
        "region": stack.region,
        "prices": {
            "region": prices.region,
            "asOf": prices.as_of.isoformat(),
            "currency": prices.currency,
            "note": prices.note,
            "freeTier": free_tier,
        },
        "tiers": [
            {
                "tier": found.tier,
                "perMonth": exact(found.per_month),
                "components": [_component_as_json(component) for component in found.components],
                "assumptions": {name: exact(value) for name, value in found.usage},
            }
            for found in estimates
        ],
    }


def _component_as_json(component: Component) -> dict[str, object]:
    return {
        "component": component.name,
        "perMonth": exact(component.per_month),
        "lines": [
            {
                "item": line.item,
                "quantity": exact(line.quantity),
                "unit": line.unit,
                "perMonth": exact(line.per_month),
            }
            for line in component.lines
        ],
    }

"""What an invoice may be if nothing is said: the same in Terraform and in the code."""

import json
import re
from decimal import Decimal

from handlers.domain.billing.circuit_breaker import Bounds

from tests.terraform.conftest import ROOT


def test_the_defaults_of_the_bounds_are_those_of_the_code() -> None:
    variables = (ROOT / "variables.tf").read_text("utf-8")
    declared = variables.partition('variable "billing_bounds"')[2].partition("\n}\n")[0]
    defaults = dict(re.findall(r"(\w+) += optional\(number, ([\d.]+)\)", declared))

    assert {name: Decimal(value) for name, value in defaults.items()} == Bounds().model_dump()


def test_the_function_reads_what_terraform_writes() -> None:
    environments = (ROOT / "function_environments.tf").read_text("utf-8")
    written = environments.partition("BILLING_BOUNDS = jsonencode({")[2].partition("})")[0]
    bounds = dict.fromkeys(re.findall(r"(\w+) += var\.billing_bounds", written), 7)

    assert set(Bounds.model_validate_json(json.dumps(bounds)).model_dump().values()) == {7}

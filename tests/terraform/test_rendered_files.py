"""The two files of the root that hold a stack's answers."""

import json
import re
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined

from tests.terraform.conftest import ROOT

ANSWERS: dict[str, Any] = {
    "stack_name": "acme",
    "product_name": "Acme Billing",
    "company": "Acme Inc.",
    "region": "eu-central-1",
    "environment": "staging",
    "deployment_tier": "seed",
    "tenancy": "pooled",
    "tenant_name": "",
    "domain": "acme.example",
    "sender_email": "billing@acme.example",
    "admin_email": "admin@acme.example",
    "currency": "EUR",
    "waf": True,
    "payments": "manual",
    "ci": "none",
}


def _render(name: str, **answers: Any) -> str:
    template = (ROOT / f"{name}.jinja").read_text("utf-8")
    environment = Environment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    return environment.from_string(template).render(ANSWERS | answers)


def test_answers_become_the_variable_stack() -> None:
    stack = json.loads(_render("stack.auto.tfvars.json"))["stack"]

    assert stack == {
        "name": "acme",
        "product_name": "Acme Billing",
        "company": "Acme Inc.",
        "region": "eu-central-1",
        "tenancy": "pooled",
        "tenant_name": None,
        "domain": "acme.example",
        "sender_email": "billing@acme.example",
        "admin_email": "admin@acme.example",
        "currency": "EUR",
    }


@pytest.mark.parametrize("wanted", [True, False])
def test_optional_parts_are_features(wanted: bool) -> None:
    features = json.loads(_render("stack.auto.tfvars.json", waf=wanted))["features"]

    assert features == {"waf": wanted, "payments": "manual", "ci": None}


def test_a_stack_collects_by_stripe_if_it_says_so() -> None:
    features = json.loads(_render("stack.auto.tfvars.json", payments="stripe"))["features"]

    assert features["payments"] == "stripe"


def test_a_stack_with_workflows_names_their_repository() -> None:
    answers = {"ci": "github", "ci_repository": "acme@1042/billing@778899"}
    features = json.loads(_render("stack.auto.tfvars.json", **answers))["features"]

    assert features["ci"] == {"repository": "acme@1042/billing@778899"}


@pytest.mark.parametrize(
    "company", ['Acme "&" Söhne', "${path.module}", "{{ 7 }} \\ O'Neil", "株式会社"]
)
def test_an_awkward_answer_arrives_as_it_was_given(company: str) -> None:
    stack = json.loads(_render("stack.auto.tfvars.json", company=company))["stack"]

    assert stack["company"] == company


def test_a_dedicated_stack_names_its_tenant() -> None:
    rendered = _render("stack.auto.tfvars.json", tenancy="dedicated", tenant_name="Umbrella")

    assert json.loads(rendered)["stack"]["tenant_name"] == "Umbrella"


def test_each_environment_of_a_stack_has_a_state_of_its_own() -> None:
    rendered = _render("backend.hcl")

    assert dict(re.findall(r'^(\w+) += "?([^"\n]+)"?$', rendered, re.MULTILINE)) == {
        "bucket": "acme-staging-terraform-state",
        "key": "acme/staging/terraform.tfstate",
        "region": "eu-central-1",
        "encrypt": "true",
        "kms_key_id": "alias/acme-staging-terraform-state",
        "use_lockfile": "true",
    }

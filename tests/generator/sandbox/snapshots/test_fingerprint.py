"""The key of what `sandbox up` keeps: it changes with what decides an apply, and with no more."""

import json
from pathlib import Path
from typing import Any

import pytest

from saasgen.sandbox.snapshots.fingerprint import key_of, without_texts

DOCUMENT: dict[str, Any] = {
    "info": {"title": "Billing", "description": "About it"},
    "paths": {
        "/v1/tenants": {
            "get": {
                "summary": "List",
                "parameters": [{"name": "limit", "description": "How many", "example": 5}],
                "responses": {"200": {"description": "All of them"}},
            }
        }
    },
    "components": {
        "schemas": {
            "Tier": {
                "description": "A tier",
                "properties": {"description": {"type": "string", "examples": ["x"]}},
            }
        }
    },
}


class Inputs:
    """A root module and an API description that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.terraform = folder / "terraform"
        for name in ("tiers", "environments", "modules/vpc", "tests", "modules/vpc/tests"):
            (self.terraform / name).mkdir(parents=True)
        self.write("main.tf", "one")
        self.write("modules/vpc/main.tf", "one")
        self.write("tiers/seed.tfvars.json", "{}")
        self.openapi = folder / "openapi.json"
        self.describe(DOCUMENT)

    def write(self, name: str, text: str) -> None:
        (self.terraform / name).write_text(text)

    def describe(self, document: dict[str, Any]) -> None:
        self.openapi.write_text(json.dumps(document))

    def key(self, *tools: str) -> str:
        return key_of(self.terraform, ["tiers/seed.tfvars.json"], self.openapi, list(tools))


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return Inputs(tmp_path)


@pytest.mark.parametrize("name", ["main.tf", "modules/vpc/main.tf", "tiers/seed.tfvars.json"])
def test_terraform_files_and_values_decide(inputs: Inputs, name: str) -> None:
    before = inputs.key()
    inputs.write(name, '{"changed": 1}')
    assert inputs.key() != before


@pytest.mark.parametrize(
    "name",
    [
        "tiers/growth.tfvars.json",
        "environments/prod.tfvars.json",
        "tests/all.tftest.hcl",
        "modules/vpc/tests/vpc.tftest.hcl",
        ".terraform.lock.hcl",
    ],
)
def test_other_tiers_environments_and_tests_do_not(inputs: Inputs, name: str) -> None:
    before = inputs.key()
    inputs.write(name, "changed")
    assert inputs.key() == before


def test_tools_and_variables_decide(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    before = inputs.key("5.100.0")
    assert inputs.key("5.101.0") != before
    monkeypatch.setenv("TF_VAR_domain", "example.com")
    assert inputs.key("5.100.0") != before


def test_texts_of_the_api_do_not_decide_and_the_rest_does(inputs: Inputs) -> None:
    before = inputs.key()
    text = json.dumps(DOCUMENT)
    inputs.describe(json.loads(text.replace("How many", "What number").replace("List", "Show")))
    assert inputs.key() == before
    inputs.describe(json.loads(text.replace('"limit"', '"cursor"')))
    assert inputs.key() != before


def test_a_property_may_be_called_description() -> None:
    schema = without_texts(DOCUMENT)["components"]["schemas"]["Tier"]
    assert schema == {"properties": {"description": {"type": "string"}}}

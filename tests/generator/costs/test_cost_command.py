"""`saasgen cost`: one tier, all of them, other assumptions."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from saasgen import cli
from saasgen.commands.money import change_in_dollars, dollars, exact
from saasgen.costs.usage import Usage, assumed
from saasgen.tiers import TIERS
from tests.generator.costs.estimates import TERRAFORM, estimate_of


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """As much of a stack as its cost depends on."""
    root = tmp_path / "acme"
    for folder in ("tiers", "environments"):
        shutil.copytree(TERRAFORM / folder, root / "terraform" / folder)
    answers = "stack_name: acme\nregion: us-east-1\nenvironment: prod\ndeployment_tier: startup\n"
    (root / ".copier-answers.yml").write_text(answers)
    return root


def _json(capsys: pytest.CaptureFixture[str]) -> dict:
    read: dict = json.loads(capsys.readouterr().out)
    return read


def test_it_prices_the_stacks_own_tier_and_shows_what_it_assumes(stack: Path, capsys):
    assert cli.run(["cost", str(stack)]) == 0

    said = capsys.readouterr()
    total = dollars(estimate_of("startup", "prod").per_month)
    assert f"total {total}" in " ".join(said.out.split())
    assert all(name in said.out for name in Usage.model_fields)
    assert "2026-11-21" in said.err
    assert "check them" in said.err


def test_json_is_exact_and_adds_up(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--tier", "growth", "--json"]) == 0

    result = _json(capsys)
    assert (result["stack"], result["environment"]) == ("acme", "prod")
    assert result["prices"]["asOf"] == "2026-11-21"
    [found] = result["tiers"]
    assert found["tier"] == "growth"
    assert Decimal(found["perMonth"]) == estimate_of("growth", "prod").per_month
    lines = [line for part in found["components"] for line in part["lines"]]
    assert sum(Decimal(line["perMonth"]) for line in lines) == Decimal(found["perMonth"])
    assert found["assumptions"]["mails"] == "50000"


USUAL = assumed("startup", {})


@pytest.mark.parametrize(
    ("answer", "assumptions"),
    [
        ("payments: manual", {}),
        ("payments: stripe", {"kms_keys": 4, "secrets": 4}),
        ("waf: true", {}),
        ("waf: false", {"waf_web_acls": 0, "alarm_metrics": USUAL.alarm_metrics - 1}),
    ],
)
def test_what_a_stack_has_by_an_answer_is_paid_for(
    stack: Path, capsys, answer: str, assumptions: dict[str, int]
):
    with (stack / ".copier-answers.yml").open("a") as answers:
        answers.write(f"{answer}\n")

    assert cli.run(["cost", str(stack), "--json"]) == 0

    [found] = _json(capsys)["tiers"]
    expected = estimate_of("startup", "prod", **assumptions).per_month
    assert Decimal(found["perMonth"]) == expected


def test_compare_puts_all_tiers_side_by_side(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--compare"]) == 0

    words = capsys.readouterr().out.split("\n")
    assert words[0].split() == ["component", *TIERS]
    total = next(line for line in words if line.startswith("total"))
    expected = [dollars(estimate_of(tier, "prod").per_month) for tier in TIERS]
    assert total.split() == ["total", *expected]


def test_compare_as_json_has_one_entry_per_tier(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--compare", "--json"]) == 0

    assert [found["tier"] for found in _json(capsys)["tiers"]] == list(TIERS)


def test_an_assumption_is_overridden_and_starred(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--assume", "mails=70000", "--assume", "events=1"]) == 0

    out = capsys.readouterr().out
    assert "mails* " in out
    assert "70,000" in out
    assert "$7.00" in out


def test_assumptions_come_from_a_file_and_the_command_line_goes_over_it(
    stack: Path, tmp_path: Path, capsys
):
    file = tmp_path / "assumptions.json"
    file.write_text('{"mails": 10, "aurora_acu": 0.7, "events": "3"}')

    arguments = ["--assumptions", str(file), "--assume", "mails=20", "--json"]
    assert cli.run(["cost", str(stack), *arguments]) == 0

    used = _json(capsys)["tiers"][0]["assumptions"]
    assert (used["mails"], used["aurora_acu"], used["events"]) == ("20", "0.7", "3")


def test_free_allowances_are_deducted_when_asked(stack: Path, capsys):
    assert cli.run(["cost", str(stack), "--free-tier", "--json"]) == 0

    result = _json(capsys)
    assert result["prices"]["freeTier"] is True
    assert Decimal(result["tiers"][0]["perMonth"]) == (
        estimate_of("startup", "prod", free_tier=True).per_month
    )


def test_another_region_is_told_that_the_prices_are_not_its_own(stack: Path, capsys):
    answers = stack / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("us-east-1", "eu-west-1"))

    assert cli.run(["cost", str(stack)]) == 0

    assert "eu-west-1, where prices differ" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tier", "huge"], "no deployment tier 'huge'"),
        (["--tier", "seed", "--compare"], "leave out --tier"),
        (["--assume", "mail=3"], "no assumption 'mail': did you mean mails?"),
        (["--assume", "zzz=3"], "no assumption 'zzz': `saasgen cost` lists them"),
        (["--assume", "mails"], "write NAME=VALUE"),
        (["--assume", "mails=-1"], "mails sent in the month"),
        (["--assume", "mails=many"], "'many'"),
        (["--assume", "mails=NaN"], "'NaN'"),
        (["--assume", "mails=1e400"], "'1e400'"),
        (["--assume", "aurora_awake_hours=731"], "less than or equal to 730"),
        (["--assumptions", "/nonexistent.json"], "cannot be read"),
    ],
)
def test_wrong_input_is_exit_code_1_and_says_what_is_wrong(
    stack: Path, arguments: list[str], message: str, capsys
):
    assert cli.run(["cost", str(stack), *arguments]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert message in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[1]", "must hold a JSON object"),
        ('{"mail": 3}', "did you mean mails?"),
        ('{"mails": -3}', "greater than or equal to 0"),
        ('{"mails": null}', "mails sent in the month"),
        ('{"mails": NaN}', "mails sent in the month"),
    ],
)
def test_a_wrong_file_of_assumptions_is_refused(
    stack: Path, tmp_path: Path, text: str, message: str, capsys
):
    file = tmp_path / "assumptions.json"
    file.write_text(text)

    assert cli.run(["cost", str(stack), "--assumptions", str(file)]) == 1

    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("amount", "shown", "change"),
    [
        ("1234.5", "$1,234.50", "+$1,234.50"),
        ("0.005", "$0.01", "+$0.01"),
        ("-43.8", "-$43.80", "-$43.80"),
        ("-0.001", "$0.00", "+$0.00"),
    ],
)
def test_money_is_rounded_where_it_is_shown(amount: str, shown: str, change: str):
    assert dollars(Decimal(amount)) == shown
    assert change_in_dollars(Decimal(amount)) == change


@pytest.mark.parametrize(
    ("amount", "digits"),
    [("43.800", "43.8"), ("1E+3", "1000"), ("0.0000133334", "0.0000133334"), ("0.00", "0")],
)
def test_machines_get_every_digit(amount: str, digits: str):
    assert exact(Decimal(amount)) == digits

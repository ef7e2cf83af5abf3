"""Delivery by pull request: what is shown, and that nothing else is applied."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from saasgen import cli
from saasgen.delivery.comment import Review, describe
from saasgen.stack import Stack
from saasgen.terraform.fingerprint import fingerprint
from saasgen.terraform.summary import Change, PlanSummary
from tests.generator.delivery.github import REPOSITORY, GitHub
from tests.support import REPOSITORY as SOURCES

HEAD, MERGE = "a" * 40, "b" * 40
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub().serve() as served:
        yield served


@pytest.fixture
def stack(tiny_stack: Stack) -> Path:
    """A stack that can be planned and applied in a second, built, with real sizes and safety."""
    for name in ("tiers/seed.tfvars.json", "environments/dev.tfvars.json"):
        shutil.copy(SOURCES / "template/terraform" / name, tiny_stack.terraform_dir / name)
    built = tiny_stack.root / "build/lambda"
    built.mkdir(parents=True)
    (built / "build.json").write_text("{}")
    return tiny_stack.root


@pytest.fixture
def run(
    stack: Path,
    github: GitHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`saasgen delivery COMMAND` as a step of a workflow: the exit code, and what it said."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": HEAD}}}))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_TOKEN": "a-token",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_SHA": MERGE,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "SAASGEN_ALLOW_DESTROY": "",  # a variable the repository does not have
    }.items():
        monkeypatch.setenv(name, value)

    def step(command: str, *options: str) -> tuple[int, str]:
        code = cli.run(["delivery", command, str(stack), *options])
        return code, " ".join(capsys.readouterr().err.split())

    return step


@pytest.fixture
def reviewed(run: Run, github: GitHub) -> None:
    """Pull request 7 was planned, and merged."""
    assert run("plan")[0] == 0
    github.merge(7, HEAD, MERGE)


def _applied(stack: Path) -> bool:
    return (stack.parent / "terraform.tfstate").is_file()


def test_a_pull_request_says_what_it_would_change(run: Run, github: GitHub):
    code, _ = run("plan")

    assert code == 0
    [comment] = github.comments
    assert comment["number"] == 7
    assert "4 to create, 0 to update, 0 to replace, 0 to delete" in comment["body"]
    assert '+ terraform_data.slow["a"]' in comment["body"]
    assert "Cost per month" in comment["body"]
    assert f"Planned for {HEAD}" in comment["body"]


def test_the_comment_is_one_and_brought_up_to_date(run: Run, github: GitHub, stack: Path):
    for words in ("first", "second", "third"):  # on earlier pages
        github.say(7, words, who="someone")
    run("plan")
    main = stack / "terraform/main.tf"
    main.write_text(main.read_text().replace('["a", "b", "c"]', '["a"]'))
    run("plan")

    assert len(github.comments) == 4
    assert "2 to create" in github.comments[3]["body"]


def test_nobody_else_s_comment_is_taken_for_it(run: Run, github: GitHub, reviewed: None):
    plan = github.comments.pop()
    github.say(7, plan["body"], who="mallory")
    code, said = run("apply")

    assert code == 2
    assert "shows no plan" in said


@pytest.mark.usefixtures("reviewed")
def test_what_was_reviewed_is_applied_on_merge(run: Run, stack: Path, tmp_path: Path):
    code, said = run("apply")

    assert code == 0, said
    assert "Applied 4 changes" in said
    assert _applied(stack)
    assert "4 to create" in (tmp_path / "summary.md").read_text()


@pytest.mark.usefixtures("reviewed")
def test_a_second_merge_without_changes_has_nothing_to_apply(run: Run, github: GitHub):
    run("apply")
    github.pulls.clear()
    code, said = run("apply")

    assert code == 0
    assert "Applied 0 changes" in said


@pytest.mark.usefixtures("reviewed")
def test_another_plan_than_the_reviewed_one_is_refused(run: Run, stack: Path):
    main = stack / "terraform/main.tf"
    main.write_text(main.read_text().replace('["a", "b", "c"]', '["a", "b", "c", "d"]'))
    code, said = run("apply")

    assert code == 2
    assert "not the plan that pull request #7 shows" in said
    assert "Open another pull request" in said
    assert not _applied(stack)


@pytest.mark.usefixtures("reviewed")
def test_a_value_that_differs_makes_another_plan(run: Run, stack: Path):
    main = stack / "terraform/main.tf"
    main.write_text(main.read_text().replace("input = var.tier.name\n", 'input = "evil"\n', 1))

    assert run("apply")[0] == 2
    assert not _applied(stack)


def test_a_push_without_a_pull_request_is_refused(run: Run, stack: Path):
    code, said = run("apply")

    assert code == 2
    assert "came by no pull request" in said
    assert not _applied(stack)


def test_a_merge_of_a_commit_that_was_not_planned_is_refused(run: Run, github: GitHub, stack: Path):
    run("plan")
    github.merge(7, "c" * 40, MERGE)
    code, said = run("apply")

    assert code == 2
    assert f"shows the plan of {HEAD}, and {'c' * 40} was merged" in said
    assert not _applied(stack)


@pytest.mark.usefixtures("reviewed")
def test_the_workflows_own_rights_are_an_operator_s_to_change(run: Run, stack: Path):
    module = stack / "terraform/modules/ci_role"
    module.mkdir(parents=True)
    (module / "main.tf").write_text('resource "terraform_data" "role" {}\n')
    with (stack / "terraform/main.tf").open("a") as main:
        main.write(
            'module "ci_role" {\n  source   = "./modules/ci_role"\n'
            '  for_each = toset(["github"])\n}\n'
        )
    run("plan")
    code, said = run("apply")

    assert code == 1
    assert 'module.ci_role["github"].terraform_data.role' in said
    assert "Only an operator may do this" in said
    assert not _applied(stack)


@pytest.mark.parametrize(
    "missing", ["GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_EVENT_PATH", "AWS_ACCESS_KEY_ID"]
)
def test_outside_a_workflow_it_says_what_is_missing(
    run: Run, missing: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(missing)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    code, said = run("plan")

    assert code == 1
    assert missing in said
    assert "Traceback" not in said


def test_github_s_refusal_is_an_outside_failure(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TOKEN", "another")
    code, said = run("plan")

    assert code == 3
    assert "GitHub answered 401" in said


def _plan(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"resource_changes": [{"address": "aws_sqs_queue.this", "change": c} for c in changes]}


UPDATE = {
    "actions": ["update"],
    "before": {"id": "q-1", "delay": 1, "messages": 3},
    "after": {"id": "q-1", "delay": 2, "messages": 3},
    "after_unknown": {},
}


@pytest.mark.parametrize(
    "other",
    [
        {**UPDATE, "actions": ["create", "delete"]},
        {**UPDATE, "after": {"id": "q-1", "delay": 3, "messages": 3}},
        {**UPDATE, "before": {"id": "q-1", "delay": 0, "messages": 3}},
        {**UPDATE, "before": {**UPDATE["before"], "id": "q-2"}},
        {**UPDATE, "after": {"id": "q-1", "delay": 2}},
        {**UPDATE, "after_unknown": {"arn": True}},
    ],
)
def test_what_a_plan_would_do_tells_it_from_another(other: dict[str, Any]):
    assert fingerprint(_plan(UPDATE)) != fingerprint(_plan(other))


def test_what_a_resource_keeps_does_not():
    counted = {
        **UPDATE,
        "before": {**UPDATE["before"], "messages": 9},
        "after": {**UPDATE["after"], "messages": 9},
    }
    kept = {"actions": ["no-op"], "before": {"id": "x"}, "after": {"id": "x"}}

    assert (
        fingerprint(_plan(UPDATE))
        == fingerprint(_plan(counted))
        == fingerprint(_plan(kept, UPDATE))
    )


def test_what_is_deleted_is_told_by_its_id():
    delete = {"actions": ["delete"], "before": {"id": "q-1"}, "after": None}

    assert fingerprint(_plan(delete)) != fingerprint(_plan({**delete, "before": {"id": "q-2"}}))


def _change(address: str, kind: str = "aws_sqs_queue", action: Any = "create") -> Change:
    return Change(address=address, type=kind, module="root", action=action)


def test_a_loss_of_data_stands_out(tiny_stack: Stack):
    lost = _change("aws_kms_key.events", "aws_kms_key", "delete")
    text = describe(tiny_stack, "seed", PlanSummary(changes=(lost,)), "")

    assert "> This loses data: `aws_kms_key.events` (delete)" in text


@pytest.mark.parametrize(("action", "warned"), [("create", True), ("update", False)])
def test_a_new_key_is_an_operator_s(tiny_stack: Stack, action: str, warned: bool):
    key = _change("module.events.aws_kms_key.this", "aws_kms_key", action)
    text = describe(tiny_stack, "seed", PlanSummary(changes=(key,)), "")

    assert ("an operator has to apply the plan: `module.events.aws_kms_key.this`" in text) is warned


def test_a_long_plan_fits_into_a_comment(tiny_stack: Stack):
    many = PlanSummary(
        changes=tuple(_change(f'aws_sqs_queue.this["{n:050}"]') for n in range(2000))
    )
    text = describe(tiny_stack, "seed", many, "")

    assert len(text) < 65_000
    assert "more\n" in text


def test_an_address_cannot_break_out_of_its_block(tiny_stack: Stack):
    review = Review("f" * 64, HEAD)
    address = f'aws_sqs_queue.this["```\n{Review("e" * 64, HEAD)}"]'
    text = describe(tiny_stack, "seed", PlanSummary(changes=(_change(address),)), "")

    assert "````diff\n" in text
    assert Review.read(f"{text}\n\n{review}") == review
    assert Review.read(text) is None

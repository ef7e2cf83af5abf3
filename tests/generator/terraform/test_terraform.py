"""Terraform as the commands run it: plans are applied once, killed runs can be run again."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import psutil
import pytest

from saasgen.errors import OutsideFailure, UserError
from saasgen.stack import Stack
from saasgen.terraform import discovery, saved_plan
from saasgen.terraform.events import ChangeSummary, Diagnostic, PlannedChange, Progress, parse
from saasgen.terraform.process import Finished
from saasgen.terraform.summary import PlanSummary
from saasgen.terraform.workspace import Target, Workspace, _lock_of_this_machine


def _plan(work: Workspace, tier: str = "seed") -> PlanSummary:
    made_from = work.state_id()
    shown = work.plan(tier, saved_plan.plan_file(work), destroy=False, on_event=lambda _: None)
    saved_plan.save(work, tier, destroy=False, made_from=made_from)
    return PlanSummary.of(shown)


def _apply(work: Workspace) -> None:
    saved_plan.load(work)
    work.apply(saved_plan.use(work), lambda _: None)


def test_a_plan_is_applied_and_then_there_is_nothing_to_change(tiny_workspace: Workspace):
    assert _plan(tiny_workspace).count("create") == 4

    _apply(tiny_workspace)

    assert tiny_workspace.outputs()["size"]["value"] == "seed"
    assert _plan(tiny_workspace).empty


def test_a_saved_plan_can_be_applied_only_once(tiny_workspace: Workspace):
    _plan(tiny_workspace)
    _apply(tiny_workspace)

    with pytest.raises(UserError, match="no saved plan"):
        saved_plan.load(tiny_workspace)


def test_a_plan_made_from_an_older_state_is_refused(tiny_workspace: Workspace):
    _plan(tiny_workspace)
    _apply(tiny_workspace)
    _plan(tiny_workspace, "growth")
    tiny_workspace.apply_configuration("growth", lambda _: None)

    with pytest.raises(UserError, match="state changed since"):
        saved_plan.load(tiny_workspace)


def test_a_plan_file_that_was_exchanged_is_refused(tiny_workspace: Workspace):
    _plan(tiny_workspace)
    saved_plan.plan_file(tiny_workspace).write_bytes(b"something else")

    with pytest.raises(UserError, match="not the plan that was saved"):
        saved_plan.load(tiny_workspace)


def test_events_tell_what_is_worked_on_and_how_much_there_is(tiny_workspace: Workspace):
    events = []
    tiny_workspace.apply_configuration("seed", events.append)

    summaries = [e for e in events if isinstance(e, ChangeSummary)]
    assert [(s.operation, s.add) for s in summaries] == [("plan", 4), ("apply", 4)]
    done = {e.address for e in events if isinstance(e, Progress) and e.state == "complete"}
    assert 'terraform_data.slow["a"]' in done


def test_a_wrong_configuration_is_the_users_to_mend_and_says_where(tiny_stack: Stack):
    (tiny_stack.terraform_dir / "wrong.tf").write_text("resource terraform_data x { nope = 1 }\n")
    work = Workspace(tiny_stack, Target("aws", {}))

    work.init()

    with pytest.raises(UserError, match=r"wrong\.tf"):
        _plan(work)


def test_a_wrong_value_is_refused_by_the_plan_with_the_variables_own_words(
    tiny_stack: Stack, tiny_workspace: Workspace
):
    tier = tiny_stack.terraform_dir / "tiers/seed.tfvars.json"
    tier.write_text('{"tier": "seed"}')

    with pytest.raises(UserError, match=r"tiers/seed\.tfvars\.json"):
        _plan(tiny_workspace)


def test_a_resource_that_fails_is_an_outside_failure_and_keeps_what_was_done(
    tiny_stack: Stack, tiny_workspace: Workspace
):
    (tiny_stack.terraform_dir / "failing.tf").write_text(
        'resource "terraform_data" "failing" {\n  provisioner "local-exec" {\n'
        '    command = "exit 7"\n  }\n}\n'
    )

    with pytest.raises(OutsideFailure, match="failing"):
        tiny_workspace.apply_configuration("seed", lambda _: None)

    (tiny_stack.terraform_dir / "failing.tf").unlink()
    tiny_workspace.apply_configuration("seed", lambda _: None)
    assert _plan(tiny_workspace).empty


def test_ctrl_c_stops_terraform_in_order_and_the_next_run_succeeds(tiny_stack: Stack):
    run = _applying_in_a_process(tiny_stack, seconds=2)
    os.kill(run.pid, signal.SIGINT)

    assert run.wait(timeout=30) != 0
    _apply_again(tiny_stack)


def test_kill_9_of_the_tool_lets_terraform_finish_and_the_next_run_waits(tiny_stack: Stack):
    run = _applying_in_a_process(tiny_stack, seconds=3)
    run.kill()
    run.wait()

    began = time.monotonic()
    _apply_again(tiny_stack)
    assert time.monotonic() - began > 1, "it did not wait for the Terraform still running"


def test_kill_9_of_terraform_leaves_a_lock_that_the_next_run_releases(tiny_stack: Stack):
    run = _applying_in_a_process(tiny_stack, seconds=30)
    for child in psutil.Process(run.pid).children(recursive=True):
        child.kill()
    run.wait(timeout=30)

    _apply_again(tiny_stack)


@pytest.mark.parametrize(("host", "released"), [(socket.gethostname(), True), ("ci", False)])
def test_only_a_lock_taken_on_this_machine_is_ours_to_release(host: str, released: bool):
    lock = "f7f025f5-9999-ed6b-55bf-513369c7354c"
    words = f"Error acquiring the state lock\n  ID:        {lock}\n  Who:       ada@{host}\n"

    assert _lock_of_this_machine(Finished(1, "", words)) == (lock if released else None)


def _applying_in_a_process(stack: Stack, seconds: int) -> "subprocess.Popen[bytes]":
    """Apply slowly in a process of its own; returns while resources are being made."""
    script = (
        "import sys; from pathlib import Path\n"
        "from saasgen.stack import Stack\n"
        "from saasgen.terraform.workspace import Target, Workspace\n"
        "stack = Stack.open(Path(sys.argv[1]))\n"
        "object.__setattr__(stack, 'environment', type('E', (), {'name': 'dev'})())\n"
        "work = Workspace(stack, Target('aws', {}))\n"
        "work.init()\n"
        "work.apply_configuration('seed', lambda event: print(event, flush=True))\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script, str(stack.root)],
        env={**os.environ, "TF_VAR_seconds": str(seconds)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert run.stdout is not None
    for line in run.stdout:
        if b"slow" in line and b"start" in line:
            break
    threading.Thread(target=_drain, args=(run.stdout,), daemon=True).start()
    return run


def _drain(output: IO[bytes]) -> None:
    """Read to the end, so that the writer never waits."""
    with output:
        output.read()


def _apply_again(stack: Stack) -> None:
    work = Workspace(stack, Target("aws", {}))
    work.init()
    work.apply_configuration("seed", lambda _: None)
    assert _plan(work).empty


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            {
                "type": "planned_change",
                "change": {"resource": {"addr": "aws_vpc.this"}, "action": "create"},
            },
            PlannedChange("aws_vpc.this", "create"),
        ),
        (
            {
                "type": "apply_complete",
                "hook": {
                    "resource": {"addr": "aws_vpc.this"},
                    "action": "create",
                    "elapsed_seconds": 12,
                },
            },
            Progress("aws_vpc.this", "create", "complete", 12),
        ),
        (
            {
                "type": "diagnostic",
                "diagnostic": {
                    "severity": "error",
                    "summary": "Bad value",
                    "detail": "It must be even.",
                    "range": {"filename": "main.tf", "start": {"line": 3}},
                },
            },
            Diagnostic("error", "Bad value", "It must be even.", None, "main.tf:3"),
        ),
        ({"type": "resource_drift"}, None),
    ],
)
def test_reads_the_lines_terraform_writes(message: dict, event: object):
    assert parse(json.dumps(message)) == event


def test_lines_that_are_not_json_say_nothing():
    assert parse("Initializing...") is None


def test_a_plan_that_replaces_a_database_counts_as_losing_data():
    change = {"actions": ["delete", "create"], "replace_paths": [["master_username"]]}
    plan = {
        "resource_changes": [
            {
                "address": "module.rds.aws_rds_cluster.this",
                "module_address": "module.rds",
                "type": "aws_rds_cluster",
                "change": change,
            }
        ]
    }
    summary = PlanSummary.of(plan)

    assert summary.changes[0].action == "replace"
    assert summary.changes[0].replaced_because == ("master_username",)
    assert [c.address for c in summary.destroyed_state] == ["module.rds.aws_rds_cluster.this"]


def test_without_terraform_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(discovery, "find_spec", lambda _: None)

    with pytest.raises(UserError, match="Install Terraform"):
        discovery.find_terraform()


def test_a_terraform_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    old = tmp_path / "terraform"
    old.write_text("#!/bin/sh\necho Terraform v1.5.7\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with pytest.raises(UserError, match=r"version 1\.5\.7; stacks need >= 1\.10"):
        discovery.find_terraform()


def test_the_wheel_stands_in_for_a_missing_terraform(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))

    shim = discovery.find_terraform()

    assert discovery.terraform_version(shim) >= (1, 10)


def test_finds_an_unpacked_mirror_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    plugin = tmp_path / discovery.PROVIDER / "5.100.0/linux_amd64/terraform-provider-aws_v5.100.0"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    monkeypatch.setenv("SAASGEN_PLUGIN_DIR", str(tmp_path))

    assert discovery.find_plugin_directory() == tmp_path


def test_finds_a_mirror_named_in_the_cli_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    mirror = tmp_path / "mirror"
    plugin = mirror / discovery.PROVIDER / "5.100.0/linux_amd64/terraform-provider-aws_v5.100.0"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    config = tmp_path / "terraformrc"
    config.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(config))

    assert discovery.find_plugin_directory() == mirror


def test_the_newest_provider_of_a_mirror_counts_until_one_is_locked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for version in ("5.9.0", "5.100.0"):
        plugin = tmp_path / discovery.PROVIDER / version / "linux_amd64/terraform-provider-aws_v5"
        plugin.parent.mkdir(parents=True)
        plugin.touch()
    monkeypatch.setenv("SAASGEN_PLUGIN_DIR", str(tmp_path))
    assert discovery.provider_versions(tmp_path) == ["5.100.0"]

    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.9.0"\n}\n'
    (tmp_path / ".terraform.lock.hcl").write_text(lock)
    assert discovery.provider_versions(tmp_path) == ["5.9.0"]


def test_a_cli_configuration_that_is_not_there_is_not_passed_on(tmp_path: Path):
    given = {"TF_CLI_CONFIG_FILE": str(tmp_path / "missing"), "HOME": "/"}

    assert "TF_CLI_CONFIG_FILE" not in discovery.clean_environment(given)


def test_memory_is_collected_less_often_unless_somebody_says_how_often():
    assert discovery.clean_environment({})["GOGC"] == "400"
    assert discovery.clean_environment({"GOGC": "50"})["GOGC"] == "50"


def test_without_a_provider_it_says_where_one_may_be(
    tiny_stack: Stack, monkeypatch: pytest.MonkeyPatch
):
    (tiny_stack.terraform_dir / "provider.tf").write_text(
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
        "    }\n  }\n}\n"
    )
    monkeypatch.setattr("saasgen.terraform.workspace.find_plugin_directory", lambda: None)
    # a proxy that is not there: no registry, on any machine
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    with pytest.raises(UserError, match="SAASGEN_PLUGIN_DIR"):
        Workspace(tiny_stack, Target("aws", {})).init()

"""Artifacts: the same bytes everywhere, complete, and only what runs."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from saasgen import template
from saasgen.artifacts.build import Build, build
from saasgen.artifacts.runtime import LAMBDA, SANDBOX, Runtime
from saasgen.errors import SaasgenError, UserError
from saasgen.stack import Stack


def _stack(folder: Path) -> Stack:
    template.render(template.source(None, None), folder, {"stack_name": "acme"}, interactive=False)
    return Stack.open(folder)


def _build(folder: Path, runtime: Runtime) -> Build:
    return build(_stack(folder), runtime, lambda _: None)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return _build(tmp_path_factory.mktemp("built") / "acme", SANDBOX)


def _python_for_lambda() -> bool:
    try:
        return LAMBDA.interpreter.exists()
    except SaasgenError:
        return False


RUNTIMES = [
    SANDBOX,
    pytest.param(
        LAMBDA,
        marks=pytest.mark.skipif(
            not _python_for_lambda(), reason=f"no Python {LAMBDA.python} to compile bytecode"
        ),
    ),
]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_two_builds_in_two_places_are_the_same_bytes(tmp_path: Path, runtime: Runtime):
    one = _build(tmp_path / "here" / "acme", runtime)
    two = _build(tmp_path / "somewhere" / "else" / "acme", runtime)

    assert one.layer.sha256 == two.layer.sha256
    assert one.code.sha256 == two.code.sha256
    assert one.openapi.sha256 == two.openapi.sha256


def test_every_module_ships_with_its_bytecode(built: Build):
    with zipfile.ZipFile(built.code.path) as archive:
        names = archive.namelist()
    modules = {n for n in names if n.endswith(".py")}
    compiled = {n for n in names if n.endswith(".pyc")}

    assert len(compiled) == len(modules)
    assert "migrations/0001_row_security.sql" in names


def test_the_layer_leaves_out_what_never_runs(built: Build):
    with zipfile.ZipFile(built.layer.path) as archive:
        names = archive.namelist()
    chalice = {Path(n).name for n in names if n.startswith("python/chalice/") and n.endswith(".py")}

    assert chalice == {"__init__.py", "app.py"}
    assert not [n for n in names if n.startswith(("python/boto3", "python/bin", "python/botocore"))]
    # of 50 MB that Lambda takes; what sets PDFs and talks to Stripe is two thirds of it
    assert built.layer.size_bytes < 40 * 1024 * 1024


def test_the_artifacts_alone_answer_a_request(built: Build, tmp_path: Path):
    for artifact in (built.layer, built.code):
        with zipfile.ZipFile(artifact.path) as archive:
            archive.extractall(tmp_path)
    code = "from handlers.app import create_app; print(len(create_app('tenants').routes))"
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", code],
        env={"PYTHONPATH": f"{tmp_path / 'python'}:{tmp_path}"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_the_document_says_which_function_serves_each_operation(built: Build):
    document = json.loads(built.openapi.path.read_text())
    operations = [
        operation
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]

    assert len(operations) == built.operations
    assert all(operation["x-function"] for operation in operations)


def test_a_handler_that_does_not_import_is_named(tmp_path: Path):
    stack = _stack(tmp_path / "acme")
    (stack.root / "handlers/api/health.py").write_text("import nothing_of_this_name\n")

    with pytest.raises(UserError, match="nothing_of_this_name"):
        build(stack, SANDBOX, lambda _: None)


def test_a_second_build_keeps_the_layer_and_takes_the_new_code(tmp_path: Path):
    stack = _stack(tmp_path / "acme")
    first = build(stack, SANDBOX, lambda _: None)
    stamp = first.layer.path.stat().st_mtime_ns
    (stack.root / "handlers/added.py").write_text('"""New."""\n')

    second = build(stack, SANDBOX, lambda _: None)

    assert second.layer.path.stat().st_mtime_ns == stamp
    assert second.code.sha256 != first.code.sha256


def test_without_a_python_for_lambda_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))
    nowhere = Runtime("lambda", "3.13", "aarch64-manylinux_2_28")

    with pytest.raises(UserError, match=r"uv python install 3\.13"):
        _ = nowhere.interpreter


def test_a_lock_whose_hashes_do_not_fit_is_refused(tmp_path: Path):
    stack = _stack(tmp_path / "acme")
    lock = stack.root / "requirements.lock"
    lock.write_text(lock.read_text().replace("--hash=sha256:", "--hash=sha256:0000"))
    shutil.rmtree(stack.root / "build", ignore_errors=True)

    with pytest.raises(SaasgenError, match="uv pip install failed"):
        build(stack, SANDBOX, lambda _: None)

"""Building all artifacts of a stack: `build/<runtime>/{layer,code}.zip` and `openapi.json`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from saasgen.artifacts import layer
from saasgen.artifacts.openapi import generate, operations
from saasgen.artifacts.runtime import Runtime
from saasgen.artifacts.zipped import sha256, write_zip
from saasgen.errors import UserError
from saasgen.stack import Stack

# Lambda refuses more than 250 MB of unzipped code and layers.
UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024


class Artifact(BaseModel):
    """One built file: where, how large, and its digest."""

    model_config = ConfigDict(frozen=True)

    path: Path
    size_bytes: int
    sha256: str


class Build(BaseModel):
    """What a build made; also kept as `build.json` beside the artifacts."""

    model_config = ConfigDict(frozen=True)

    runtime: str
    layer: Artifact
    code: Artifact
    openapi: Artifact
    operations: int


def build(
    stack: Stack, runtime: Runtime, now: Callable[[str], None], *, bytecode: bool = True
) -> Build:
    """Build the artifacts of `stack` for `runtime`; unchanged parts are kept.

    Args:
        stack: the stack.
        runtime: Lambda, or this machine for the sandbox.
        now: is told what is being worked on.
        bytecode: ship compiled modules; without, every cold start compiles them.

    Raises:
        UserError: the handlers cannot be imported, or a Python is missing.
        OutsideFailure: packages cannot be installed.
    """
    target = stack.root / "build" / runtime.name
    target.mkdir(parents=True, exist_ok=True)
    now(f"dependency layer, {runtime.label}")
    _build_layer(stack, runtime, target, bytecode=bytecode)
    now("code")
    _build_code(stack, runtime, target, bytecode=bytecode)
    now("OpenAPI document")
    count = _build_openapi(stack, target)
    built = Build(
        runtime=runtime.label,
        layer=_artifact(target / "layer.zip"),
        code=_artifact(target / "code.zip"),
        openapi=_artifact(target / "openapi.json"),
        operations=count,
    )
    _check_size(target)
    (target / "build.json").write_text(built.model_dump_json(indent=2) + "\n", "utf-8")
    return built


def _build_layer(stack: Stack, runtime: Runtime, target: Path, *, bytecode: bool) -> None:
    installed = target / "layer"
    changed = layer.install(stack.root, runtime, installed, bytecode=bytecode)
    if changed or not (target / "layer.zip").is_file():
        layer.pack(installed, target / "layer.zip")


def _build_code(stack: Stack, runtime: Runtime, target: Path, *, bytecode: bool) -> None:
    """Zip `handlers/` with its bytecode, and `migrations/` for the migrate function."""
    work = target / "code"
    shutil.rmtree(work, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".mypy_cache", ".ruff_cache")
    for name in ("handlers", "migrations"):
        shutil.copytree(stack.root / name, work / name, ignore=ignored)
    if bytecode:
        layer.compile_bytecode(work, runtime)
    files = [path for path in work.rglob("*") if path.is_file()]
    write_zip(target / "code.zip", ((p.relative_to(work).as_posix(), p) for p in files))


def _build_openapi(stack: Stack, target: Path) -> int:
    document = generate(stack)
    text = json.dumps(document, indent=1, sort_keys=True) + "\n"
    (target / "openapi.json").write_text(text, "utf-8")
    return len(operations(document))


def _artifact(path: Path) -> Artifact:
    return Artifact(path=path, size_bytes=path.stat().st_size, sha256=sha256(path))


def _check_size(target: Path) -> None:
    folders = (target / "layer", target / "code")
    size = sum(p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file())
    if size > UNZIPPED_LIMIT_BYTES:
        raise UserError(
            f"Layer and code are {size / 1e6:.0f} MB unzipped; Lambda takes at most 250 MB. "
            "Remove packages from requirements.in and run `make lock`."
        )

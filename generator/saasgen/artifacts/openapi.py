"""The OpenAPI document, generated from a stack's handlers."""

import json
import os
import subprocess
from typing import Any

from saasgen.artifacts import layer
from saasgen.artifacts.runtime import SANDBOX
from saasgen.errors import UserError
from saasgen.stack import Stack

Document = dict[str, Any]
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def generate(stack: Stack) -> Document:
    """Generate the document with nothing but the layer importable, as on Lambda.

    Raises:
        UserError: the handlers cannot be imported.
        OutsideFailure: packages cannot be installed.
    """
    host = stack.root / "build" / SANDBOX.name / "layer"
    host.parent.mkdir(parents=True, exist_ok=True)
    layer.install(stack.root, SANDBOX, host)
    path = os.pathsep.join([str(host), str(stack.root)])
    done = subprocess.run(
        [SANDBOX.interpreter, "-S", "-B", "-m", "handlers.openapi"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": path, "PATH": os.environ.get("PATH", "")},
        cwd=host.parent,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"The OpenAPI document cannot be generated: {last}\n{done.stderr.strip()}")
    document: Document = json.loads(done.stdout)
    return document


def operations(document: Document) -> dict[str, Document]:
    """The operations of a document by method and path, such as `GET /v1/tenants`."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    }


def differences(old: Document, new: Document) -> list[str]:
    """Say what of an API differs: operations that are new, gone or changed, then schemas."""
    before, after = operations(old), operations(new)
    schemas_before, schemas_after = _schemas(old), _schemas(new)
    return [
        *(f"new route {name}" for name in after.keys() - before.keys()),
        *(f"route {name} is gone" for name in before.keys() - after.keys()),
        *(f"route {name} changed" for name in _changed(before, after)),
        *(f"schema {name} changed" for name in _changed(schemas_before, schemas_after)),
    ]


def _schemas(document: Document) -> Document:
    found: Document = document.get("components", {}).get("schemas", {})
    return found


def _changed(before: Document, after: Document) -> list[str]:
    return sorted(name for name in before.keys() & after.keys() if before[name] != after[name])

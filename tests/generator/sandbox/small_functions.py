"""Small functions for the tests: zipped, and described as Terraform's state describes them."""

import textwrap
import zipfile
from pathlib import Path
from typing import Any

from saasgen.sandbox.state.model import Function

ARN = "arn:aws:lambda:us-east-1:123456789012:function"


def package(folder: Path, code: str, name: str = "code") -> Path:
    """A zip with `app.py`."""
    archive = folder / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", textwrap.dedent(code))
    return archive


def function(folder: Path, source: str, name: str = "f", **settings: Any) -> Function:
    described = {
        "name": name,
        "arn": f"{ARN}:{name}",
        "handler": "app.handler",
        "timeout_s": 10,
        "memory_mb": 256,
        "version": "7",
        "environment": {},
        "code": package(folder, source, name),
        "layers": (),
        "reserved_concurrency": None,
        "log_group": f"/aws/lambda/{name}",
        "json_logs": False,
    }
    return Function(**(described | settings))

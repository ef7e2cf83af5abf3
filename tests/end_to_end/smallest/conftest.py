"""The smallest stack, brought up and toured by `saasgen demo` once, and a copy for each file.

A copy is a stack of its own, whose sandbox was loaded from a snapshot. It goes on from the end of
the tour within seconds, and no file finds what another does to its own.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from saasgen.commands.snapshots import copy_stack
from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.control.users import Users
from saasgen.stack import Stack
from tests.end_to_end.conftest import saasgen
from tests.running.once import Once


@dataclass(frozen=True)
class Toured:
    """A stack after `saasgen demo`, whose sandbox was saved and stopped.

    Attributes:
        stdout: what the command printed, as JSON.
        stderr: what it said.
    """

    folder: Path
    stdout: str
    stderr: str

    @property
    def stack(self) -> Path:
        """The stack's folder."""
        return self.folder / "acme"

    @property
    def snapshot(self) -> Path:
        """The file of its sandbox."""
        return self.folder / "toured.sandbox"

    @property
    def cache(self) -> Path:
        """The cache folder in which `sandbox up` kept what it applied."""
        return self.folder / "cache"


@dataclass(frozen=True)
class Live:
    """A stack in its sandbox, as a caller of its API and an operator of its account see it.

    Attributes:
        toured: what it is a copy of.
    """

    stack: Stack
    sandbox: Sandbox
    toured: "Toured"

    @property
    def path(self) -> str:
        return str(self.stack.root)

    def aws(self, service: str) -> Any:
        environment = self.sandbox.environment()
        return boto3.client(
            service,
            region_name=environment["AWS_REGION"],
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def call(self, method: str, path: str, token: str | None = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        url = self.sandbox.status().api_url.rstrip("/") + path
        return requests.request(method, url, headers=headers, timeout=60, **options)

    def token(self, email: str | None = None) -> str:
        return Users(self.sandbox).sign_in(email or str(self.stack.answers["admin_email"]))

    def new_tenant(self, name: str) -> tuple[dict[str, Any], str]:
        """A new tenant and a token of its super administrator."""
        email = f"admin@{name.lower()}.example.com"
        made = self.call("POST", "/v1/tenants", self.token(), json={"name": name, "email": email})
        assert made.status_code == 201, made.text
        users = Users(self.sandbox)
        users.create(email, made.json()["tenantId"], "super_admin")
        return made.json(), users.sign_in(email)


@pytest.fixture(scope="session")
def toured(once: Once) -> Toured:
    """The stack as the demo leaves it."""

    def into(folder: Path) -> None:
        path = folder / "acme"
        done = saasgen("demo", str(path), "--json", SAASGEN_CACHE=str(folder / "cache"))
        assert done.returncode == 0, done.stderr[-4000:]
        sandbox = Sandbox(path)
        try:
            sandbox.save(folder / "toured.sandbox", "acme")
        finally:
            sandbox.stop()
        said = {"stdout": done.stdout, "stderr": done.stderr}
        (folder / "said.json").write_text(json.dumps(said), "utf-8")

    folder = once.make("toured", into)
    return Toured(folder, **json.loads((folder / "said.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def live(toured: Toured, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A copy of the stack, running, for the tests of one file."""
    stack = Stack.open(toured.stack)
    path = tmp_path_factory.mktemp("live") / "acme"
    copy_stack(stack, path)
    sandbox = Sandbox(path)
    try:
        sandbox.load(toured.snapshot)
        yield Live(Stack.open(path), sandbox, toured)
    finally:
        sandbox.stop()

"""Whatever is published, the audit trail knows what it is about: else it would die in the queue."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import handlers
from handlers.consumers import write_audit
from handlers.domain import audit
from handlers.platform.base.ids import TenantId

from ..messages import failed, make_event, sqs

HANDLERS = Path(str(handlers.__file__)).parent
PUBLISHING = {"publish_change", "publishing", "publish"}
EVENT_TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
BEGINNING = re.compile(r"[a-z_]+\.")


def published() -> set[str]:
    """Read the types of events off the modules that publish any."""
    found = set[str]()
    for path in HANDLERS.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
        if PUBLISHING & {alias.name for node in imports for alias in node.names}:
            found |= {*event_types(tree)}
    return found


def event_types(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if EVENT_TYPE.fullmatch(text):
                yield text
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                if BEGINNING.fullmatch(text):
                    yield f"{text}something"


def test_every_event_that_is_published_can_be_entered(
    tenant: TenantId, context: Any, clock: Callable[[], Any]
) -> None:
    names = sorted(published())
    assert {"tenant.created", "operator.something", "stripe.reported"} <= {*names}
    events = [make_event(tenant, name, {}, clock()) for name in names]
    refused = failed(write_audit.handler(sqs(*events), context))
    assert [name for number, name in enumerate(names) if f"message-{number}" in refused] == []


def test_nothing_is_defined_that_nobody_publishes() -> None:
    assert {name.partition(".")[0] for name in published()} == audit._SUBJECTS.keys()

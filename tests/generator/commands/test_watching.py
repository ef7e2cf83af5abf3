"""`sandbox up --watch`: Ctrl-C ends it, whatever it is doing."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import watchfiles

from saasgen.commands import watching

SAVED = {(watchfiles.Change.modified, "handlers/app.py")}
PAUSE: set[Any] = set()


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stack in which a handler is saved, then nothing, and so on."""

    def changes(*_: Any, **__: Any) -> Iterator[set[Any]]:
        while True:
            yield {(change, str(tmp_path / path)) for change, path in SAVED}
            yield PAUSE

    monkeypatch.setattr(watchfiles, "watch", changes)
    monkeypatch.setattr(watching, "_described", lambda _: {})
    return SimpleNamespace(root=tmp_path)


def test_it_ends_while_code_is_replaced(stack: Any) -> None:
    watching.watch(stack, Mock(replace_code=interrupted))


def test_it_ends_while_the_api_is_described(stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "generate", interrupted)
    replaced = Mock(error=None, files=["handlers/app.py"])

    watching.watch(stack, Mock(replace_code=lambda: replaced))

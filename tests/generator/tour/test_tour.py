"""What the tour prints of an answer."""

import io
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from saasgen.errors import OutsideFailure
from saasgen.tour import guide as guides
from saasgen.tour.guide import Guide

ANSWER = {"number": "N-1", "lines": [{"amountMinor": 12500}, {"amountMinor": 7}], "rest": [0] * 40}


class _Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def guide(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guide]:
    server = HTTPServer(("127.0.0.1", 0), _Api)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(guides, "Users", lambda _sandbox: None)
    sandbox: Any = SimpleNamespace(status=lambda: SimpleNamespace(api_url=url))
    stack: Any = None
    yield Guide(stack, sandbox, Console(file=io.StringIO(), width=200))
    server.shutdown()
    server.server_close()


def _printed(guide: Guide) -> list[str]:
    return [line.strip() for line in guide._out.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_of_a_long_answer_it_prints_what_matters(guide: Guide):
    guide.call("GET", "/v1/x", expect=200, show=("number", "lines/1/amountMinor"))

    assert _printed(guide) == ["GET /v1/x → 200", 'number: "N-1"', "lines/1/amountMinor: 7"]


def test_of_an_answer_that_was_not_expected_it_prints_everything(guide: Guide):
    with pytest.raises(OutsideFailure, match="expected 201"):
        guide.call("GET", "/v1/x", expect=201, show=("number",))

    assert '"amountMinor": 12500' in _printed(guide)

"""What is watched is what the code writes: a dashboard over a name nobody emits stays empty."""

import ast
import re
from pathlib import Path

import pytest

from tests.support import REPOSITORY
from tests.terraform.conftest import ROOT

HANDLERS = REPOSITORY / "template/handlers"
MODULE = ROOT / "modules/observability"

# Aliases that queries make, and the words of the language.
_NO_FIELDS = re.compile(
    r'"[^"]*"|\bas \w+|\b(?:fields|filter|stats|sort|limit|by|and|or|in|desc|asc|\d+m?)\b'
    r"|\b(?:coalesce|count|sum|avg|pct|bin|ispresent)(?=\()"
)

# Written by Powertools itself; template/tests/platform/base/test_telemetry.py holds that it does.
_POWERTOOLS = {"xray_trace_id"}


def _emitted() -> dict[str, set[str]]:
    """Dimensions of each metric the handlers emit; Powertools adds `service`."""
    emitted: dict[str, set[str]] = {}
    for path in sorted(HANDLERS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Name(id="telemetry"), attr="count" | "record" | "duration"
                    ),
                    args=[ast.Constant(value=str(name)), *_],
                    keywords=keywords,
                ):
                    emitted[name] = {"service", *(str(k.arg) for k in keywords)}
    return emitted


def _shown() -> dict[str, set[str]]:
    """Dimensions of each business metric of the dashboard."""
    text = (MODULE / "dashboard.tf").read_text("utf-8")
    shown = re.findall(r"^    (\w+) += \{ title = .*dimensions = \[([^]]+)\]", text, re.MULTILINE)
    return {name: set(re.findall(r'"(\w+)"', dimensions)) for name, dimensions in shown}


def _queries(reads: str) -> dict[str, str]:
    """The saved queries that read these logs: `functions` or `api`."""
    text = (MODULE / "queries.tf").read_text("utf-8")
    found = re.findall(
        r'"([\w-]+)" = \{\s+reads = "(\w+)"\s+query = <<-QUERY\n(.*?)QUERY', text, re.DOTALL
    )
    return {name: query for name, read, query in found if read == reads}


def fields_of(query: str) -> set[str]:
    """The fields that a query asks for, without those it makes itself."""
    made = set(re.findall(r"\bas (\w+)", query))
    return set(re.findall(r"(?<![@\w])[A-Za-z]\w+", _NO_FIELDS.sub(" ", query))) - made


def test_business_figures_are_shown_as_they_are_emitted() -> None:
    emitted, shown = _emitted(), _shown()

    assert len(shown) == 4
    assert shown == {name: emitted.get(name) for name in shown}


def test_questions_about_requests_ask_for_fields_of_the_access_log() -> None:
    log = (ROOT / "modules/api/logs.tf").read_text("utf-8")
    written = set(re.findall(r"^    (\w+) += \"\$context", log, re.MULTILINE))
    asked = {name: fields_of(query) for name, query in _queries("api").items()}

    assert len(asked) == 5
    assert {name: fields - written for name, fields in asked.items() if fields - written} == {}


def test_questions_about_functions_ask_for_fields_they_write() -> None:
    platform = [HANDLERS / f"platform/{name}.py" for name in ("base/telemetry", "messaging/events")]
    sources = [*platform, *(HANDLERS / "api/http").glob("*.py")]
    code = "".join(Path(path).read_text("utf-8") for path in sources)
    asked = {name: fields_of(query) for name, query in _queries("functions").items()}

    assert len(asked) == 5
    for name, fields in asked.items():
        unwritten = {f for f in fields - _POWERTOOLS if not re.search(rf'"{f}"|\b{f}=', code)}
        assert unwritten == set(), name


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("fields coalesce(a1, @log) as b1\n| stats count(*) as c1 by b1", {"a1"}),
        ('filter message = "Request completed" and ispresent(tenantId)', {"message", "tenantId"}),
        ("stats pct(speed, 99) as p99 by path, bin(5m)\n| sort p99 desc", {"speed", "path"}),
    ],
)
def test_fields_are_told_from_the_language(query: str, fields: set[str]) -> None:
    assert fields_of(query) == fields

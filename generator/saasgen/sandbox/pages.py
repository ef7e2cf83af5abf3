"""Pages for exploring a sandbox in a browser: what there is, the mail, the logs.

They show temporary passwords, so they answer only to who asked for this machine by name: a page
elsewhere that points its own name at 127.0.0.1 gets nothing.
"""

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote

from saasgen.sandbox.aws.mail import SentFile
from saasgen.sandbox.gateway.api import Gateway
from saasgen.sandbox.mailbox import Mailbox
from saasgen.sandbox.models import SandboxStatus
from saasgen.sandbox.web_server import Request, Response

PREFIX = "/_sandbox"
_LOCAL = {"127.0.0.1", "localhost"}
_LOG_BYTES = 200_000
_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse}}td,th{{text-align:left;padding:.15rem 1rem .15rem 0}}
pre{{background:#f4f4f4;padding:1rem;overflow:auto;white-space:pre-wrap}}</style>
<h1>{title}</h1>{body}</html>"""


class Pages:
    """The sandbox's pages.

    Args:
        status: what runs now.
        gateway: the API now served; None before the stack was applied.
        mailbox: the mail.
        logs: folder of the functions' logs.
    """

    def __init__(
        self,
        status: Callable[[], SandboxStatus],
        gateway: Callable[[], Gateway | None],
        mailbox: Mailbox,
        logs: Path,
    ) -> None:
        self._status = status
        self._gateway = gateway
        self._mailbox = mailbox
        self._logs = logs

    def answer(self, request: Request) -> Response | None:
        """The page a request is for; None if it is for the API."""
        ours = request.path == "/" or request.path.startswith(f"{PREFIX}/")
        if request.method != "GET" or not ours:
            return None
        if (request.header("Host") or "").partition(":")[0] not in _LOCAL:
            return Response(403, b"ask for localhost\n", (("Content-Type", "text/plain"),))
        file = self._mailbox.file(request.path)
        if file is not None:
            return _download(file)
        return self._page(request.path.removeprefix(PREFIX).strip("/"))

    def _page(self, page: str) -> Response:
        if page == "openapi.json":
            return self._openapi()
        if page == "mail":
            return _html("Mail", self._mail())
        if page.startswith("logs/"):
            return self._log(page.removeprefix("logs/"))
        return _html("Sandbox", self._index()) if page == "" else _missing(page)

    def _index(self) -> str:
        status, gateway = self._status(), self._gateway()
        links = [(f"{PREFIX}/openapi.json", "OpenAPI document"), (f"{PREFIX}/mail", "Mail")]
        parts = [
            "<p>" + " · ".join(f'<a href="{url}">{name}</a>' for url, name in links) + "</p>",
            (
                f"<p>API <code>{escape(status.api_url)}</code>, AWS <code>{escape(status.endpoint)}"
                "</code></p>"
            ),
        ]
        routes = gateway.routes.routes if gateway else ()
        rows = [
            f"<tr><td>{escape(r.verb)}</td><td><code>{escape(r.path)}</code></td>"
            f"<td>{escape(str(r.operation.get('summary', '')))}</td></tr>"
            for r in routes
            if r.verb != "OPTIONS"
        ]
        parts.append(f"<h2>Routes</h2><table>{''.join(rows) or 'nothing applied yet'}</table>")
        functions = "".join(
            f'<li><a href="{PREFIX}/logs/{quote(f.name)}">{escape(f.name)}</a></li>'
            for f in status.functions
        )
        return "".join([*parts, f"<h2>Functions</h2><ul>{functions}</ul>"])

    def _mail(self) -> str:
        mails = [
            f"<h2>{escape(m.subject)}</h2><p>{m.sent_at:%Y-%m-%d %H:%M:%S} UTC, from "
            f"{escape(m.sender)} to {escape(', '.join(m.to))}</p>"
            f"<pre>{escape(m.text or m.html)}</pre>"
            + "".join(f'<p><a href="{file.path}">{escape(file.name)}</a></p>' for file in m.files)
            for m in reversed(self._mailbox.messages())
        ]
        return "".join(mails) or "<p>No mail was sent.</p>"

    def _openapi(self) -> Response:
        gateway = self._gateway()
        if gateway is None:
            return _missing("openapi.json")
        body = json.dumps(gateway.api.document, indent=2).encode()
        return Response(200, body, (("Content-Type", "application/json"),))

    def _log(self, name: str) -> Response:
        known = {function.name for function in self._status().functions}
        path = self._logs / f"{name}.log"
        if name not in known:
            return _missing(name)
        text = path.read_bytes()[-_LOG_BYTES:].decode("utf-8", "replace") if path.exists() else ""
        return _html(name, f"<pre>{escape(text)}</pre>")


def _html(title: str, body: str) -> Response:
    content = _FRAME.format(title=escape(title), body=body).encode()
    return Response(200, content, (("Content-Type", "text/html; charset=utf-8"),))


def _download(file: SentFile) -> Response:
    headers = (
        ("Content-Type", file.media_type),
        ("Content-Disposition", f"inline; filename*=utf-8''{quote(file.name)}"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Response(200, file.content, headers)


def _missing(name: str) -> Response:
    return Response(404, f"no page {name}\n".encode(), (("Content-Type", "text/plain"),))

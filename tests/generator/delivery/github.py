"""GitHub as far as delivery asks it: pull requests of a commit, and comments, two to a page."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlparse

REPOSITORY = "acme/billing"
_PAGE = 2


class GitHub:
    """What a repository holds."""

    def __init__(self) -> None:
        self.pulls: dict[str, list[dict[str, Any]]] = {}
        self.comments: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.url = ""

    def say(self, number: int, body: str, who: str = "github-actions[bot]") -> None:
        """Add a comment to a pull request."""
        comment = {"id": len(self.comments) + 1, "number": number, "body": body}
        self.comments.append({**comment, "user": {"login": who}})

    def merge(self, number: int, head: str, commit: str) -> None:
        """Merge a pull request."""
        self.pulls[commit] = [
            {"number": 1, "head": {"sha": "0" * 40}, "merged_at": None, "merge_commit_sha": commit},
            {
                "number": number,
                "head": {"sha": head},
                "merged_at": "2026-11-21T10:00:00Z",
                "merge_commit_sha": commit,
            },
        ]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """One request of its REST API."""
        self.requests.append((method, path))
        inside = path.removeprefix(f"/repos/{REPOSITORY}")
        if found := re.fullmatch(r"/commits/(\w+)/pulls", inside):
            return 200, self.pulls.get(found[1], [])
        if found := re.fullmatch(r"/issues/(\d+)/comments", inside):
            if method == "POST":
                self.say(int(found[1]), body["body"])
                return 201, self.comments[-1]
            return 200, [c for c in self.comments if c["number"] == int(found[1])]
        if found := re.fullmatch(r"/issues/comments/(\d+)", inside):
            self.comments[int(found[1]) - 1]["body"] = body["body"]
            return 200, {}
        return 404, {"message": "Not Found"}

    @contextmanager
    def serve(self) -> Iterator["GitHub"]:
        """Answer on a port of its own while the block runs."""
        github = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                url = urlparse(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size)) if size else None
                known = self.headers["Authorization"] == "Bearer a-token"
                status, answer = github.answer(self.command, url.path, body) if known else (401, {})
                self.send_response(status)
                if self.command == "GET" and isinstance(answer, list):
                    page = int(parse_qs(url.query).get("page", ["1"])[0])
                    if len(answer) > page * _PAGE:
                        following = f"{github.url}{url.path}?page={page + 1}"
                        self.send_header("Link", f'<{following}>; rel="next"')
                    answer = answer[(page - 1) * _PAGE : page * _PAGE]
                content = json.dumps(answer).encode()
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - names of the base class

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

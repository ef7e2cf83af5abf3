"""The GitHub repository a workflow runs in: its pull requests and their comments.

Source: https://docs.github.com/en/rest and, for the environment of a workflow's steps,
https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saasgen.errors import OutsideFailure, UserError

# Whom GITHUB_TOKEN of a workflow writes as.
_WORKFLOWS = "github-actions[bot]"
_TIMEOUT_S = 30


@dataclass(frozen=True)
class PullRequest:
    """A pull request: its number and its newest commit."""

    number: int
    head: str


class Repository:
    """The repository of the running workflow.

    Args:
        environment: the variables of the workflow's step.

    Raises:
        UserError: this is no workflow, or its step got no token.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        api = environment.get("GITHUB_API_URL", "https://api.github.com")
        self._url = f"{api}/repos/{self._variable('GITHUB_REPOSITORY')}"
        self._token = self._variable("GITHUB_TOKEN")

    @property
    def commit(self) -> str:
        """The commit the workflow runs for."""
        return self._variable("GITHUB_SHA")

    def opened(self) -> PullRequest:
        """The pull request the workflow runs for.

        Raises:
            UserError: it runs for something else.
        """
        event = json.loads(Path(self._variable("GITHUB_EVENT_PATH")).read_bytes())
        if "pull_request" not in event:
            raise UserError("This workflow runs for no pull request: let `pull_request` start it.")
        return _pull_request(event["pull_request"])

    def merged(self) -> PullRequest | None:
        """The pull request whose merge made the workflow's commit; None for a direct push."""
        for found in self._pages(f"/commits/{self.commit}/pulls"):
            if found["merged_at"] and found["merge_commit_sha"] == self.commit:
                return _pull_request(found)
        return None

    def comment(self, pull_request: PullRequest, marker: str) -> str | None:
        """The text of the comment a workflow wrote that begins with `marker`."""
        found = self._find(pull_request, marker)
        return str(found["body"]) if found else None

    def write_comment(self, pull_request: PullRequest, marker: str, text: str) -> None:
        """Write the one comment that begins with `marker`; an earlier one is replaced."""
        body = {"body": f"{marker}\n{text}"}
        found = self._find(pull_request, marker)
        if found:
            self._call("PATCH", f"/issues/comments/{found['id']}", json=body)
        else:
            self._call("POST", f"/issues/{pull_request.number}/comments", json=body)

    def summarise(self, text: str) -> None:
        """Show Markdown on the page of the workflow's run."""
        page = self._environment.get("GITHUB_STEP_SUMMARY")
        if page:
            with Path(page).open("a", encoding="utf-8") as file:
                file.write(f"{text}\n")

    def _find(self, pull_request: PullRequest, marker: str) -> dict[str, Any] | None:
        for found in self._pages(f"/issues/{pull_request.number}/comments"):
            if found["user"]["login"] == _WORKFLOWS and found["body"].startswith(marker):
                return found
        return None

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        next_url: str | None = f"{self._url}{path}?per_page=100"
        while next_url:
            answer = self._request("GET", next_url)
            yield from answer.json()
            next_url = answer.links.get("next", {}).get("url")

    def _call(self, method: str, path: str, **options: Any) -> None:
        self._request(method, f"{self._url}{path}", **options)

    def _request(self, method: str, url: str, **options: Any) -> Any:
        import requests

        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        try:
            answer = requests.request(method, url, headers=headers, timeout=_TIMEOUT_S, **options)
        except requests.RequestException as error:
            raise OutsideFailure(f"GitHub cannot be reached: {error}") from error
        if not answer.ok:
            raise OutsideFailure(
                f"GitHub answered {answer.status_code} to {method} {url}: {answer.text[:200]}"
            )
        return answer

    def _variable(self, name: str) -> str:
        value = self._environment.get(name)
        if not value:
            raise UserError(
                f"{name} is not set: `saasgen delivery` runs in the workflows of a stack that "
                "answered `github` to the question `ci`."
            )
        return value


def _pull_request(found: dict[str, Any]) -> PullRequest:
    return PullRequest(number=found["number"], head=found["head"]["sha"])

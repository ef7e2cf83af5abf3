"""`make release`, in temporary repositories."""

from datetime import date
from pathlib import Path

import pytest

from release.__main__ import release
from release.errors import Refused
from tests.support import run_git

DAY = date(2026, 11, 29)
CHANGELOG = """# Changelog

## Unreleased

### Added
* A thing that `users` see.

### Security
* Nothing leaks.

## 0.1.0

### Added
* The first thing.
"""
NOTES = "### Added\n* A thing that `users` see.\n\n### Security\n* Nothing leaks."
PROJECT = '[project]\nname = "saasgen"\nversion = "0.1.0"\n\n[tool.x]\nversion = "7"\n'


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    (root / "UPGRADING.md").write_text("# Upgrading\n\n## Unreleased\n\n* Look out.\n")
    run_git(root, "init", "-q", "-b", "main")
    run_git(root, "config", "user.name", "Test")
    run_git(root, "config", "user.email", "test@example.com")
    _commit(root)
    return root


def _commit(root: Path) -> None:
    run_git(root, "add", "-A")
    run_git(root, "commit", "-q", "-m", "Change")


def _state(root: Path) -> tuple[str, ...]:
    asked = (("rev-parse", "HEAD"), ("tag",), ("status", "--porcelain"), ("diff", "HEAD"))
    return tuple(run_git(root, *arguments) for arguments in asked)


def test_it_sets_version_and_headings_commits_and_tags_with_the_notes(repository: Path):
    assert release(repository, "0.2.0", DAY) == NOTES

    project = (repository / "pyproject.toml").read_text()
    assert project == PROJECT.replace('"0.1.0"', '"0.2.0"')
    changelog = (repository / "CHANGELOG.md").read_text()
    assert changelog.startswith("# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-29)\n\n### Add")
    upgrading = (repository / "UPGRADING.md").read_text()
    assert "## Unreleased\n\n## 0.2.0 (2026-11-29)\n\n* Look out." in upgrading
    assert run_git(repository, "status", "--porcelain") == ""
    assert run_git(repository, "log", "-1", "--format=%s") == "Release 0.2.0"
    assert run_git(repository, "cat-file", "-t", "v0.2.0") == "tag"
    assert run_git(repository, "rev-parse", "v0.2.0^{commit}", "HEAD").split()[0] == run_git(
        repository, "rev-parse", "HEAD"
    )
    said = run_git(repository, "tag", "-l", "v0.2.0", "--format=%(contents)")
    assert said == f"saasgen 0.2.0\n\n{NOTES}"


def test_the_next_release_begins_with_an_empty_section(repository: Path):
    release(repository, "0.2.0", DAY)

    with pytest.raises(Refused, match="is empty"):
        release(repository, "0.3.0", DAY)


@pytest.mark.parametrize("wanted", ["0.1.0", "0.0.9", "0.1.0rc1"])
def test_a_version_that_is_not_higher_than_the_projects_is_refused(repository: Path, wanted: str):
    _refused(repository, wanted, "not higher than 0.1.0")


def test_a_version_that_is_not_higher_than_a_tag_is_refused(repository: Path):
    run_git(repository, "tag", "v0.10.0")
    run_git(repository, "tag", "vegetables")

    _refused(repository, "0.9.0", "not higher than 0.10.0")


@pytest.mark.parametrize("wanted", ["v0.2.0", "0.2", "two", "", "0.2.0+local", "0.2.00"])
def test_a_version_is_written_in_one_way(repository: Path, wanted: str):
    _refused(repository, wanted, "write a version such as")


@pytest.mark.parametrize("name", ["CHANGELOG.md", "a new file"])
def test_a_tree_with_changes_is_refused(repository: Path, name: str):
    with (repository / name).open("a") as file:
        file.write("more\n")

    _refused(repository, "0.2.0", name)


def test_another_branch_than_main_is_refused(repository: Path):
    run_git(repository, "switch", "-q", "-c", "topic")

    _refused(repository, "0.2.0", "topic is checked out")


@pytest.mark.parametrize(
    ("section", "words"),
    [("## Unreleased\n\n### Added\n\n", "is empty"), ("", "has no section")],
)
def test_a_release_without_news_is_refused(repository: Path, section: str, words: str):
    before, _, rest = CHANGELOG.partition("## Unreleased")
    (repository / "CHANGELOG.md").write_text(before + section + rest[rest.index("## 0.1.0") :])
    _commit(repository)

    _refused(repository, "0.2.0", words)


def test_a_release_that_fails_half_way_leaves_everything_as_it_was(repository: Path):
    hook = repository / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nif grep -q refs/tags/; then echo "no tags today" >&2; exit 1; fi\n')
    hook.chmod(0o755)

    _refused(repository, "0.2.0", "`git tag -a` failed")


def _refused(repository: Path, wanted: str, words: str) -> None:
    before = _state(repository)

    with pytest.raises(Refused, match=words):
        release(repository, wanted, DAY)

    assert _state(repository) == before

"""The version that a stack records exists in the template's repository, and `copier update` starts
from it: from a release, from a checkout past its last tag, and from a wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from copier import _vcs as vcs

from saasgen import template
from saasgen.artifacts.uv import find_uv
from saasgen.errors import UserError
from saasgen.revision import revision
from tests.support import REPOSITORY, run_git

COPIER = str(Path(sys.executable).with_name("copier"))
ADDRESS = "https://git.example.com/tiny.git"
QUESTIONS = """
_subdirectory: template
_answers_file: .copier-answers.yml
stack_name:
  type: str
"""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small template in a repository of its own, whose checkout `saasgen` runs from."""
    repository = tmp_path / "published"
    (repository / "template").mkdir(parents=True)
    (repository / "copier.yml").write_text(QUESTIONS)
    answers = "{{ _copier_answers|to_nice_yaml }}"
    (repository / "template/{{ _copier_conf.answers_file }}.jinja").write_text(answers)
    (repository / "template/main.tf").write_text("one = 1\n\n\ntwo = 2\n\n\nthree = 3\n")
    run_git(repository, "init", "-q", "-b", "main")
    _commit(repository)
    monkeypatch.setattr(template, "_PACKAGE", repository / "generator/saasgen")
    monkeypatch.setenv("SAASGEN_TEMPLATE_URL", ADDRESS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "3")
    for number, (key, value) in enumerate(
        [
            (f"url.{repository.as_uri()}.insteadOf", ADDRESS),
            ("user.name", "Test"),
            ("user.email", "test@example.com"),
        ]
    ):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    return repository


def _commit(repository: Path, message: str = "Change") -> None:
    run_git(repository, "add", "-A")
    run_git(repository, "commit", "-q", "-m", message)


def _stamp(folder: Path, ref: str | None = None) -> str:
    source = template.source(None, ref)
    template.render(source, folder, {"stack_name": "acme"}, interactive=False)
    return str(yaml.safe_load((folder / ".copier-answers.yml").read_text())["_commit"])


def _release(repository: Path, version: str) -> None:
    main = repository / "template/main.tf"
    main.write_text(f"one = 1\n\n\ntwo = 2\n\n\nthree = '{version}'\n")
    _commit(repository)
    run_git(repository, "tag", "-a", version, "-m", version)


@pytest.mark.parametrize("state", ["never released", "released", "past a release", "uncommitted"])
def test_copier_updates_a_stack_from_the_version_it_records(
    published: Path, tmp_path: Path, state: str
):
    if state != "never released":
        _release(published, "v1.0.0")
    if state == "past a release":
        (published / "template/new.tf").write_text("\n")
        _commit(published)
    if state == "uncommitted":
        (published / "template/new.tf").write_text("\n")
    stack = tmp_path / "acme"
    recorded = _stamp(stack)
    edited = (stack / "main.tf").read_text().replace("one = 1", "one = 11")
    (stack / "main.tf").write_text(edited)
    _commit(stack)
    _release(published, "v2.0.0")

    assert run_git(published, "rev-parse", f"{recorded}^{{commit}}")
    subprocess.run([COPIER, "update", "--defaults", "-q"], cwd=stack, check=True)

    answers = yaml.safe_load((stack / ".copier-answers.yml").read_text())
    assert answers["_commit"] == "v2.0.0"
    updated = (stack / "main.tf").read_text()
    assert "one = 11" in updated
    assert "three = 'v2.0.0'" in updated
    assert "<<<<" not in updated


def test_a_release_is_recorded_by_its_tag_and_a_later_commit_by_its_distance(
    published: Path, tmp_path: Path
):
    _release(published, "v1.0.0")
    run_git(published, "tag", "nightly")
    assert _stamp(tmp_path / "released") == "v1.0.0"

    (published / "unrelated").touch()
    _commit(published)
    head = run_git(published, "rev-parse", "HEAD")
    assert _stamp(tmp_path / "later") == f"v1.0.0-1-g{head[:12]}"


def test_another_version_than_the_own_comes_from_the_repository(published: Path, tmp_path: Path):
    _release(published, "v1.0.0")
    _release(published, "v2.0.0")

    assert _stamp(tmp_path / "acme", "v1.0.0") == "v1.0.0"
    assert "v1.0.0" in (tmp_path / "acme/main.tf").read_text()


def test_files_without_their_repository_are_refused(published: Path, tmp_path: Path):
    (published / ".git").rename(tmp_path / "gone")

    with pytest.raises(UserError, match="does not say which version"):
        template.source(None, None)


def test_a_wheel_knows_the_commit_it_was_built_from(tmp_path: Path):
    command = [find_uv(), "build", "--quiet", "--out-dir", tmp_path / "dist", REPOSITORY]
    subprocess.run(command, check=True, capture_output=True)  # an sdist, and the wheel from it
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as unpacked:
        unpacked.extractall(tmp_path / "site")

    assert revision(tmp_path / "site/saasgen") == revision(REPOSITORY)


def test_versions_that_are_stamped_at_once_do_not_disturb_each_other(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Copier would keep one mirror of the address for all that the user runs."""
    mirrors = tmp_path / "shared"
    monkeypatch.setenv("COPIER_CACHE_DIR", str(mirrors))
    _release(published, "v1.0.0")
    other = template.source(None, None)
    _release(published, "v2.0.0")
    own = template.source(None, None)
    clone = vcs._clone_via_cache

    def overtaken(ref: str, location: str, mirror: Path) -> str:
        """Another process fetches its own version just before this one is checked out."""
        monkeypatch.setattr(vcs, "_clone_via_cache", clone)
        template.render(other, tmp_path / "other", {"stack_name": "other"}, interactive=False)
        return clone(ref, location, mirror)

    monkeypatch.setattr(vcs, "_clone_via_cache", overtaken)
    template.render(own, tmp_path / "own", {"stack_name": "own"}, interactive=False)

    assert "v2.0.0" in (tmp_path / "own/main.tf").read_text()
    assert "v1.0.0" in (tmp_path / "other/main.tf").read_text()
    assert os.environ["COPIER_CACHE_DIR"] == str(mirrors)

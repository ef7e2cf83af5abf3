"""Rendering a stack with Copier, from a git repository or from the bundled template.

The bundled template (the wheel's, or this checkout's) is offered to Copier as a git repository of
its own, under a stable address. Its one commit bears the name that the published repository gives
to the commit it comes from (`saasgen.revision`). `.copier-answers.yml` then records an address
and a version that mean the same on every machine, and `copier update` works from them.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import yaml

from saasgen.errors import OutsideFailure, UserError
from saasgen.revision import revision

_PACKAGE = Path(__file__).parent
_EPOCH = "2000-01-01T00:00:00+00:00"
# Writing an object of its own for each of hundreds of files takes git several times as long.
_INTO_ONE_PACK = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.bigFileThreshold",
    "GIT_CONFIG_VALUE_0": "1",
}
_COPIER_CACHE = "COPIER_CACHE_DIR"
_IDENTITY = {"NAME": "saasgen", "EMAIL": "saasgen@localhost", "DATE": _EPOCH}


@dataclass(frozen=True)
class Source:
    """Where a template comes from.

    Attributes:
        address: what `.copier-answers.yml` records and Copier clones.
        repository: a local git repository that stands for the address, or None.
        ref: branch, tag or commit; None is the newest version tag.
    """

    address: str
    repository: Path | None
    ref: str | None

    @contextmanager
    def reachable(self, mirrors: Path) -> Iterator[None]:
        """Let git find `address` in the local `repository` while the block runs.

        Copier keeps one mirror for each address in the user's cache, and fetches into it with
        `--prune`. Many local repositories stand for one address: with a shared mirror, a process
        would delete the version that another one is about to check out.

        Args:
            mirrors: a folder of this process alone, for Copier's mirror of a local repository.
        """
        if self.repository is None:
            yield
            return
        from plumbum import local

        # Copier runs git through plumbum, which keeps an environment of its own.
        with (
            _environment_variable(_COPIER_CACHE, str(mirrors)),
            local.env(
                GIT_CONFIG_COUNT="1",
                GIT_CONFIG_KEY_0=f"url.{self.repository.as_uri()}.insteadOf",
                GIT_CONFIG_VALUE_0=self.address,
            ),
        ):
            yield


@contextmanager
def _environment_variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def source(template: str | None, ref: str | None) -> Source:
    """Decide where the template comes from.

    Args:
        template: a git URL, a local git repository, or None for the bundled template.
        ref: branch, tag or commit of it; of the bundled template's published repository when
            `template` is None.

    Raises:
        UserError: a local template is not a git repository, or has no address of its own.
    """
    if template is None:
        return _bundled(ref)
    path = Path(template).expanduser()
    if not path.exists():
        if "://" in template or re.match(r"^(gh:|gl:|git@|git\+)", template):
            return Source(template, None, ref)
        raise UserError(
            f"Template {template!r} is neither a folder nor the URL of a git repository."
        )
    if not (path / "copier.yml").is_file():
        raise UserError(f"{path} is not a template: it has no copier.yml.")
    return Source(_origin(path) or _address(), path.resolve(), ref)


def questions() -> dict[str, Any]:
    """The questions of the bundled template, by name, as `copier.yml` holds them."""
    loaded = yaml.safe_load((_template_root() / "copier.yml").read_text("utf-8"))
    return {name: spec for name, spec in loaded.items() if not name.startswith("_")}


def check_answers(answers: dict[str, Any], known: set[str]) -> None:
    """Refuse answers to questions that are not asked (Copier takes them silently).

    Raises:
        UserError: names each unknown answer and the nearest question.
    """
    for name in answers:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            asked = f"the questions are {', '.join(sorted(known))}."
            hint = f"did you mean {near[0]!r}?" if near else asked
            raise UserError(f"There is no question {name!r}: {hint}")


def render(
    origin: Source, destination: Path, answers: dict[str, Any], *, interactive: bool
) -> None:
    """Render a stack into `destination`: everything, or nothing at all.

    Args:
        origin: where the template comes from.
        destination: a folder that does not exist yet, or is empty.
        answers: by question; the others are asked, or take their defaults.
        interactive: ask what `answers` leaves open.

    Raises:
        UserError: an answer is missing or wrong.
        OutsideFailure: the template cannot be fetched.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    # named before it is made: an interrupt in between must leave nothing either
    work = destination.parent / f".{destination.name}.{secrets.token_hex(4)}"
    try:
        work.mkdir(mode=0o700)
        stack = work / "stack" / destination.name
        stack.parent.mkdir()
        with origin.reachable(work / "mirrors"):
            _run_copy(origin, stack, answers, interactive)
        _initialise_git(stack)
        if destination.exists():
            destination.rmdir()
        stack.rename(destination)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run_copy(origin: Source, stack: Path, answers: dict[str, Any], interactive: bool) -> None:
    from copier.errors import CopierError
    from plumbum import ProcessExecutionError

    from saasgen.renderer import render_new

    try:
        render_new(origin.address, origin.ref, stack, answers, interactive=interactive)
    except (ValueError, CopierError) as error:
        raise UserError(_answer_problem(str(error))) from error
    except ProcessExecutionError as error:
        said = (error.stderr or "").strip().splitlines()
        raise OutsideFailure(
            f"The template {origin.address} at {origin.ref or 'its newest version'} cannot be "
            f"fetched: {said[-1] if said else error}"
        ) from error


def _answer_problem(message: str) -> str:
    """Copier's own words, without its wrapping, and what to do."""
    found = re.search(r"Validation error for question '(\w+)': *(.*)", message, re.S)
    if found:
        return " ".join(found.group(2).split()) + ". Give another with --data."
    found = re.search(r"Question \"(\w+)\" is required", message)
    if found:
        return f"{found.group(1)} has no answer: give one with --data {found.group(1)}=VALUE."
    return " ".join(message.split())


def _initialise_git(stack: Path) -> None:
    """Make the stack a git repository with one commit: `copier update` needs one to merge."""
    _git(stack, "init", "-q", "-b", "main")
    _git(stack, "add", "-A", environment=_INTO_ONE_PACK)
    author = {} if _has_identity(stack) else _identity(dated=False)
    _git(stack, "commit", "-q", "--no-verify", "-m", "Stamp the stack", environment=author)


def _has_identity(folder: Path) -> bool:
    asked = subprocess.run(["git", "var", "GIT_COMMITTER_IDENT"], cwd=folder, capture_output=True)
    return asked.returncode == 0


def _identity(*, dated: bool) -> dict[str, str]:
    parts = {key: value for key, value in _IDENTITY.items() if dated or key != "DATE"}
    return {f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in parts.items()}


def _git(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run git; failures carry its own words."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **(environment or {})},
        )
    except FileNotFoundError as error:
        raise UserError("git is not installed: install it and run this again.") from error
    except subprocess.CalledProcessError as error:
        raise OutsideFailure(f"git {arguments[0]} failed: {error.stderr.strip()}") from error
    return done.stdout.strip()


def _address() -> str:
    """The address under which this template is published (`[project.urls] Template`)."""
    override = os.environ.get("SAASGEN_TEMPLATE_URL")
    if override:
        return override
    for line in metadata("saasgen").get_all("Project-URL") or []:
        label, _, url = line.partition(", ")
        if label == "Template":
            return str(url)
    raise OutsideFailure("The saasgen package names no template address: install it again.")


def _origin(repository: Path) -> str | None:
    """The remote address of a local template, unless that is a path of this machine."""
    asked = subprocess.run(
        ["git", "remote", "get-url", "origin"], cwd=repository, capture_output=True, text=True
    )
    url = asked.stdout.strip()
    remote = re.match(r"^(https?|ssh|git)://|^\S+@\S+:", url)
    return url if asked.returncode == 0 and remote else None


def _template_root() -> Path:
    """The folder that holds `copier.yml` and `template/`: the wheel's, or this checkout's."""
    bundled = _PACKAGE / "bundled"
    return bundled if bundled.is_dir() else _PACKAGE.parents[1]


def _bundled(ref: str | None) -> Source:
    """The bundled template, or another version of it from where that is: here, or its address."""
    root = _template_root()
    own = revision(_PACKAGE if root == _PACKAGE / "bundled" else root)
    if ref is None or ref == own:
        return Source(_address(), _snapshot_of(root, own), own)
    return Source(_address(), root if (root / ".git").exists() else None, ref)


def _snapshot_of(root: Path, name: str) -> Path:
    """The template's files as they are now, as a git repository with one commit and one tag.

    It is kept in the user's cache under the hash of its content, so making it costs once.
    """
    files = _template_files(root)
    digest = hashlib.sha256(f"{name}\0".encode())
    for path in files:
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_mode & 0o111:o}\0".encode())
        digest.update(path.read_bytes())
    repository = _cache_dir() / "templates" / digest.hexdigest()[:24]
    if not repository.is_dir():
        _snapshot(root, files, repository, name)
    return repository


def _snapshot(root: Path, files: list[Path], repository: Path, name: str) -> None:
    repository.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=repository.parent))
    try:
        for path in files:
            copy = work / path.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        _git(work, "init", "-q", "-b", "main")
        _git(work, "add", "-A", "-f", environment=_INTO_ONE_PACK)
        message = f"saasgen {name}"
        _git(work, "commit", "-q", "-m", message, environment=_identity(dated=True))
        _git(work, "tag", name)
        try:
            work.rename(repository)
        except OSError:  # another process made the same snapshot first
            if not repository.is_dir():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _template_files(root: Path) -> list[Path]:
    """The files of the template; in a checkout, what git does not ignore."""
    if (root / ".git").exists():
        listed = _git(root, "ls-files", "-z", "-co", "--exclude-standard", "copier.yml", "template")
        paths = [root / name for name in listed.split("\0") if name]
    else:
        paths = [root / "copier.yml", *(root / "template").rglob("*")]
    return sorted(p for p in paths if p.is_file() and "__pycache__" not in p.parts)


def _cache_dir() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "saasgen"

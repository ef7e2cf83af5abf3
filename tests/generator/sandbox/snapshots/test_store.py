"""Snapshots on disk: whole or not there, and nobody's but their owner's."""

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.snapshots.manifest import Maker, Manifest
from saasgen.sandbox.snapshots.store import (
    MANIFEST,
    Store,
    applied,
    manifest_of,
    most_kept,
    new_fork,
    opened,
    written,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "snapshots")


def manifest(**changed: object) -> Manifest:
    return Manifest.model_validate(
        {"stack": "acme", "maker": Maker.this(), "saved_at": NOW, "now": NOW, **changed}
    )


def write(store: Store, name: str, content: str = "") -> Path:
    path = store.path(name)
    with written(path) as archive:
        archive.writestr(MANIFEST, manifest().model_dump_json())
        archive.writestr("content", content)
    return path


def read(path: Path) -> str:
    with opened(path) as archive:
        return archive.read("content").decode()


def test_what_was_written_is_found_and_listed(store: Store) -> None:
    path = write(store, "before-billing", "x")
    assert store.find("before-billing") == path
    assert path.stat().st_mode & 0o777 == 0o600
    assert store.folder.stat().st_mode & 0o777 == 0o700
    [saved] = store.list()
    assert (saved.name, saved.size_bytes) == ("before-billing", path.stat().st_size)


def test_an_unknown_name_is_told_the_known_ones(store: Store) -> None:
    with pytest.raises(UserError, match=r"no snapshot nothing \(there is: none\)"):
        store.find("nothing")
    write(store, "one")
    with pytest.raises(UserError, match=r"no snapshot two \(there is: one\)"):
        store.find("two")


@pytest.mark.parametrize("name", ["", "../x", "A", "-a", "a_b", "a" * 41, "a b"])
def test_a_name_that_is_no_slug_is_refused(store: Store, name: str) -> None:
    with pytest.raises(UserError, match="lower-case letters"):
        store.path(name)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(store: Store, mode: int) -> None:
    path = write(store, "open")
    path.chmod(mode)
    with pytest.raises(UserError, match="runs code when it is loaded"), opened(path):
        pass


def test_a_folder_that_others_can_write_is_refused(store: Store) -> None:
    path = write(store, "open")
    store.folder.chmod(0o777)
    with (
        pytest.raises(UserError, match=r"snapshots belongs to another user or can be"),
        opened(path),
    ):
        pass


def test_a_file_of_somebody_else_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(store, "theirs")
    me = os.geteuid()
    monkeypatch.setattr("saasgen.sandbox.snapshots.store.os.geteuid", lambda: me + 1)
    with pytest.raises(UserError, match="belongs to another user"), opened(path):
        pass


def test_a_file_that_is_no_snapshot_is_refused(store: Store) -> None:
    path = write(store, "damaged")
    path.write_bytes(b"nonsense")
    with pytest.raises(UserError, match="delete it and save again"), opened(path):
        pass


def test_a_failed_write_leaves_the_old_one_and_no_trace(store: Store) -> None:
    path = write(store, "kept", "old")

    def fill_the_disk() -> None:
        with written(path) as archive:
            archive.writestr("content", "new")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutsideFailure, match="No space left"):
        fill_the_disk()
    assert read(path) == "old"
    assert list(store.folder.iterdir()) == [path]


def test_a_killed_write_leaves_the_old_one_and_the_next_one_cleans_up(store: Store) -> None:
    path = write(store, "kept", "old")
    killed = f"""
        import os, signal
        from pathlib import Path
        from saasgen.sandbox.snapshots.store import written
        with written(Path({str(path)!r})) as archive:
            archive.writestr("content", "new" * 100_000)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(killed)])
    assert done.returncode < 0
    assert read(path) == "old"
    assert len(list(store.folder.iterdir())) == 2
    write(store, "kept", "newest")
    assert read(path) == "newest"
    assert list(store.folder.iterdir()) == [path]


def test_only_the_newest_are_kept(store: Store) -> None:
    for number in range(7):
        os.utime(write(store, f"s{number}"), (number, number))
    store.prune(5)
    assert store.names() == ["s2", "s3", "s4", "s5", "s6"]


def test_fewer_than_are_kept_stay(store: Store) -> None:
    for number in range(3):
        write(store, f"s{number}")
    store.prune(5)
    assert store.names() == ["s0", "s1", "s2"]
    store.prune(0)
    assert store.names() == []


def test_the_folder_and_the_number_of_kept_can_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAASGEN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert applied().folder == tmp_path / "xdg/saasgen/applied"
    monkeypatch.setenv("SAASGEN_CACHE", str(tmp_path / "own"))
    assert applied().folder == tmp_path / "own/applied"
    monkeypatch.delenv("SAASGEN_SANDBOX_KEPT", raising=False)
    assert most_kept() == 5
    monkeypatch.setenv("SAASGEN_SANDBOX_KEPT", "0")
    assert most_kept() == 0
    monkeypatch.setenv("SAASGEN_SANDBOX_KEPT", "-1")
    with pytest.raises(UserError, match="SAASGEN_SANDBOX_KEPT is '-1'"):
        most_kept()


def test_a_fork_that_was_killed_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAASGEN_CACHE", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    abandoned = write(Store(tmp_path / "forks"), str(ended.pid))
    assert new_fork().name == f"{os.getpid()}.sandbox"
    assert not abandoned.exists()


@pytest.mark.parametrize("part", ["saasgen", "moto", "python", "code"])
def test_what_another_version_wrote_is_refused(part: str) -> None:
    maker = Maker.this().model_copy(update={part: "0.0.1"})
    with pytest.raises(UserError, match=f"another version .*{part} 0.0.1 instead of"):
        manifest(maker=maker).require_readable("old")
    manifest().require_readable("new")


def test_a_manifest_that_says_other_things_is_refused(store: Store) -> None:
    path = store.path("odd")
    with written(path) as archive:
        archive.writestr(MANIFEST, "{}")
    with opened(path) as archive, pytest.raises(UserError, match="no snapshot"):
        manifest_of(archive)
    assert store.list() == []


def test_what_cannot_be_loaded_is_named_with_the_reason(store: Store) -> None:
    path = store.path("old")
    with written(path) as archive:
        maker = Maker.this().model_copy(update={"moto": "0.0.1"})
        archive.writestr(MANIFEST, manifest(maker=maker).model_dump_json())
    store.path("odd").write_bytes(b"no archive")
    write(store, "open").chmod(0o666)
    write(store, "good")

    assert [saved.name for saved in store.list()] == ["good"]
    odd, old, opened_to_all = store.unreadable()
    assert (old.name, old.size_bytes) == ("old", path.stat().st_size)
    assert "moto 0.0.1 instead of" in old.reason
    assert "is no snapshot" in odd.reason
    assert "can be written by others" in opened_to_all.reason

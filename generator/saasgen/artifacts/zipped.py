"""Zip files whose bytes depend on their content alone."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

# The zip format cannot say an earlier time; file times must not reach the artifact.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE_FILE = 0o100644 << 16


def write_zip(target: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Write a zip of `(name, file)` pairs: sorted, without times, owners or modes."""
    temporary = target.with_suffix(".tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, file in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _MODE_FILE
            archive.writestr(entry, file.read_bytes())
    temporary.replace(target)


def sha256(file: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()

"""Unpacked Lambda artifacts, one folder per content, so that a changed zip is a new folder."""

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path

from saasgen.errors import UserError


class Artifacts:
    """Unpacks zips under a folder, each content once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[Path, int, int], Path] = {}

    def unpack(self, archive: Path) -> Path:
        """Return the folder with the contents of `archive`.

        Raises:
            UserError: there is no such file.
        """
        try:
            status = archive.stat()
        except FileNotFoundError as error:
            raise UserError(
                f"{archive} is not there, but the Terraform state names it: run `saasgen build`."
            ) from error
        key = (archive, status.st_mtime_ns, status.st_size)
        if key not in self._known:
            digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:24]
            self._known[key] = self._extract(archive, self._folder / digest)
        return self._known[key]

    def _extract(self, archive: Path, target: Path) -> Path:
        if not target.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=self._folder))
            with zipfile.ZipFile(archive) as contents:
                contents.extractall(fresh)
            try:
                fresh.rename(target)
            except OSError:  # another thread was faster
                shutil.rmtree(fresh)
        return target

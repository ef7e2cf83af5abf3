"""What the build adds to a distribution: the name of the commit that it was built from."""

import importlib
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = "generator/saasgen"


class RevisionHook(BuildHookInterface[Any]):
    """Puts the version of the template beside the code, where `saasgen.revision` reads it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file and add it. An editable install reads its repository itself."""
        root = Path(self.root)
        found = _revision_module(root)
        package = "saasgen" if self.target_name == "wheel" else _PACKAGE
        # an sdist has the file already
        if version == "editable" or (root / _PACKAGE / found.FILE).is_file():
            return
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / found.FILE
        file.write_text(found.described(root) + "\n", "utf-8")
        build_data["force_include"][str(file)] = f"{package}/{found.FILE}"


def _revision_module(root: Path) -> ModuleType:
    """Load `generator/saasgen/revision.py`, which is not installed while the wheel is built."""
    sys.path.insert(0, str(root / "generator"))
    try:
        return importlib.import_module("saasgen.revision")
    finally:
        sys.path.remove(str(root / "generator"))

"""`make release VERSION=0.2.0`: version, changelog, notes, commit and tag, by one command.

It pushes nothing. The tag is what `copier update` checks out for stacks, so it is pushed together
with main.
"""

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from release import changelog
from release import version as versions
from release.errors import Refused
from release.repository import Repository

_PROJECT = "pyproject.toml"
_CHANGELOG = "CHANGELOG.md"
_UPGRADING = "UPGRADING.md"


def release(root: Path, wanted: str, day: date) -> str:
    """Make a release of the repository at `root` and return its notes.

    Args:
        root: the work tree.
        wanted: the version, such as 0.2.0.
        day: the date in the changelog, in UTC.

    Raises:
        Refused: the tree, the branch, the version or the changelog is not fit; nothing changed.
    """
    repository = Repository(root)
    version = versions.parse(wanted)
    repository.require_releasable()
    project = (root / _PROJECT).read_text("utf-8")
    versions.require_higher(version, repository.tags(), project)
    notes = changelog.notes((root / _CHANGELOG).read_text("utf-8"))
    with repository.all_or_nothing():
        (root / _PROJECT).write_text(versions.replaced(project, version), "utf-8")
        for name in (_CHANGELOG, _UPGRADING):
            document = (root / name).read_text("utf-8")
            (root / name).write_text(changelog.released(document, version, day), "utf-8")
        repository.commit(f"Release {version}")
        repository.tag(f"v{version}", f"saasgen {version}\n\n{notes}\n")
    return notes


def main(arguments: list[str]) -> int:
    """Make a release; print its notes to stdout and write them to `build/`."""
    parser = argparse.ArgumentParser(prog="make release", description="Make a release.")
    parser.add_argument("version", metavar="VERSION", help="Such as 0.2.0.")
    version = parser.parse_args(arguments).version
    root = Path.cwd()
    try:
        notes = release(root, version, datetime.now(UTC).date())
    except Refused as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    file = root / "build" / f"release-{version}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{notes}\n", "utf-8")
    print(notes)
    print(
        f"\nReleased {version}: a commit and the tag v{version}; the notes are in {file}.\n"
        f"Nothing was pushed. To publish: git push --atomic origin main v{version}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

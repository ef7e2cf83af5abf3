"""The changelog: `## Unreleased` becomes the heading of a release, and its text the notes."""

import re
from datetime import date

from packaging.version import Version

from release.errors import Refused

HEADING = "## Unreleased"
_SECTION = re.compile(rf"^{HEADING}\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def notes(changelog: str) -> str:
    """What the next release brings.

    Raises:
        Refused: the section is missing, or has headings and no entry.
    """
    found = _SECTION.search(changelog)
    if found is None:
        raise Refused(f"CHANGELOG.md has no section `{HEADING}`: add it above the last release.")
    text = found.group(1).strip()
    if not any(line.strip() and not line.startswith("#") for line in text.splitlines()):
        raise Refused(f"The section `{HEADING}` of CHANGELOG.md is empty: say what is new.")
    return text


def released(document: str, version: Version, day: date) -> str:
    """A document whose unreleased section is a release now, below a new empty one.

    Args:
        document: the changelog, or what operators must know; unchanged without such a section.
        version: the version of the release.
        day: its date, in UTC.
    """
    heading = f"## {version} ({day.isoformat()})"
    return document.replace(f"{HEADING}\n", f"{HEADING}\n\n{heading}\n", 1)

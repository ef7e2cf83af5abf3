"""The version of a release: what it may be, and where it stands."""

import re

from packaging.version import InvalidVersion, Version

from release.errors import Refused

_PROJECT_VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


def parse(text: str) -> Version:
    """Read the version that somebody asks for.

    Raises:
        Refused: it is not written as releases are (1.2.3, or 1.2.3rc1).
    """
    try:
        version = Version(text)
    except InvalidVersion:
        version = None
    if version is None or str(version) != text or len(version.release) != 3 or version.local:
        raise Refused(f"VERSION={text}: write a version such as 1.2.3, or 1.2.3rc1 to try it out.")
    return version


def require_higher(version: Version, tags: list[str], project: str) -> None:
    """Refuse a version that is not above every released one and the project's own.

    Args:
        version: the version to be released.
        tags: the tags of the repository; those that are no versions do not count.
        project: what pyproject.toml holds. Stacks may have recorded it already.

    Raises:
        Refused: names the highest version there is.
    """
    last = max([current(project), *(Version(tag[1:]) for tag in tags if _is_version(tag))])
    if version <= last:
        raise Refused(f"VERSION={version} is not higher than {last}, the last version there is.")


def current(project: str) -> Version:
    """The version in the text of pyproject.toml.

    Raises:
        Refused: it holds none.
    """
    found = _PROJECT_VERSION.search(project)
    if found is None:
        raise Refused('pyproject.toml has no line `version = "..."`: put it back.')
    return Version(found.group(1))


def replaced(project: str, version: Version) -> str:
    """The text of pyproject.toml with another version."""
    return _PROJECT_VERSION.sub(f'version = "{version}"', project, count=1)


def _is_version(tag: str) -> bool:
    try:
        Version(tag[1:])
    except InvalidVersion:
        return False
    return tag.startswith("v")

"""Which version of the template this is, by a name that its repository knows.

A stack records it, and `copier update` checks it out years later as the base of a merge. So it
names a tag or a commit: `v0.2.0` on a release, `v0.2.0-3-g0ab1c2d4e5f6` three commits after it, and
`0ab1c2d4e5f6` before the first release. A wheel has no repository and carries the name in a file,
which `hatch_build.py` writes.
"""

import subprocess
from pathlib import Path

from saasgen.errors import UserError

FILE = "TEMPLATE_REVISION"
# Of a hash git shows as few digits as are unique today; these stay unique.
_DIGITS = 12


def revision(root: Path) -> str:
    """The version of the template.

    Args:
        root: a checkout of the repository, or the folder of an installed `saasgen` package.

    Raises:
        UserError: there is neither a repository with a commit nor the file of a wheel.
    """
    if (root / ".git").exists():
        return described(root)
    try:
        return (root / FILE).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise UserError(
            f"{root} does not say which version of the template it holds: it is neither a git "
            "checkout nor an installed wheel. Clone the repository instead of copying its files, "
            "or install saasgen by pip."
        ) from error


def described(repository: Path) -> str:
    """Name the commit that is checked out: its tag, the distance to the last one, or its hash.

    Raises:
        UserError: the repository has no commit, or git cannot read it.
    """
    command = ["git", "describe", "--tags", "--match=v[0-9]*", "--always", f"--abbrev={_DIGITS}"]
    try:
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise UserError("git is not installed: install it and run this again.") from error
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"git cannot name the commit that is checked out in {repository}: "
            f"{error.stderr.strip()}. Commit something there first."
        ) from error
    return done.stdout.strip()

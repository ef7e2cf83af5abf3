"""What several test modules share."""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def run_git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` with an identity of its own and return what it printed."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()

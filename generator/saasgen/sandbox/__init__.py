"""The sandbox: an AWS account in a box, in which a stack's real Terraform and code run."""

from typing import Final

LOOPBACK: Final = "127.0.0.1"
"""Where everything in it listens."""

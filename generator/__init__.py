"""saasgen: a generator of multi-tenant SaaS billing backends."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("saasgen")
except PackageNotFoundError:  # running from a source tree that was never installed
    __version__ = "0.0.0"

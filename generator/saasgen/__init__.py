"""saasgen: a generator of multi-tenant SaaS billing backends."""


def __getattr__(name: str) -> str:
    """Read `__version__` when somebody asks for it: doing so takes as long as `saasgen --help`.

    Raises:
        AttributeError: any other name.
    """
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("saasgen")
    except PackageNotFoundError:  # running from a source tree that was never installed
        return "0.0.0"

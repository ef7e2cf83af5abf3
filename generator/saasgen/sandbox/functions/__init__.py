"""The functions of a sandbox: warm processes that run the built artifacts."""

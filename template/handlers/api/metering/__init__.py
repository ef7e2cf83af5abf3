"""Usage of AI models: reporting it and reading it."""

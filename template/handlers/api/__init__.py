"""HTTP: one file per resource, each a function that makes its blueprint."""

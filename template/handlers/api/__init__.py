"""HTTP: one file per resource, with the routes that it declares."""

"""Making a release of this repository: `make release VERSION=0.2.0`."""

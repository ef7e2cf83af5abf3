"""What `make` runs beside the tests: checks of the repository, and pages written from the code."""

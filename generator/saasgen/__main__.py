"""`python -m saasgen` is `saasgen`."""

from saasgen.cli import main

main()

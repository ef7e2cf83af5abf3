"""`python -m generator` is `saasgen`."""

from generator.cli import main

main()

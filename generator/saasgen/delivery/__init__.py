"""Delivery by pull request: a plan is reviewed on GitHub, and the same plan is applied on merge."""

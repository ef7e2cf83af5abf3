"""Snapshots: a whole sandbox as files, from which it is loaded and forked."""

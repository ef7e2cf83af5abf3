"""Terraform: finding it, running it, reading what it says."""

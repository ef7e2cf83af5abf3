"""Sending notifications."""

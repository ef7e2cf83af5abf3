"""Texts for people: mails to tenants, notifications to administrators."""

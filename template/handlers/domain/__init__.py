"""The rules: plain functions over a database session and a clock; no AWS, no HTTP."""

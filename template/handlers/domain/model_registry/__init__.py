"""The model registry: which models there are, how their providers are reached, what they cost.

The rows are the operator's; row security lets nobody else write them (`app.reserve_for_operator`).
"""

"""Metering: usage of models as it is reported, priced, summed by day and read.

An event, its key and its share of the roll-ups are one transaction. Roll-ups hold what providers
charge; the margin comes on top when a period is invoiced (`handlers.domain.terms.margins`).
"""

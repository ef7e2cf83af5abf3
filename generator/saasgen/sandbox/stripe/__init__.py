"""A Stripe in a box: the part of its API that bills and collects, with state.

`account.StripeAccount` answers requests; `server` puts it on a port and `transport` behind the real
SDK in the same process. One file per kind of object; each lists its routes, which
`account` checks against the SDK's own types before they run.
"""

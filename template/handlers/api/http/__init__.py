"""HTTP, the same for every resource: a route is declared once, then enforced and documented."""

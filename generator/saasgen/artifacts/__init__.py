"""The Lambda artifacts of a stack: dependency layer, code zip, OpenAPI document."""

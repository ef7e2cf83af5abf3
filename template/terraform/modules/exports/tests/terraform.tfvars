# What the tests of this folder give the variables, unless they say otherwise.

bucket_name = "acme-dev-exports-123456789012"
kept_days   = 1

# What the tests of this folder give the variables, unless they say otherwise.

name                     = "acme-dev"
provider_name            = "stripe"
key_deletion_window_days = 7
recovery_window_days     = 0

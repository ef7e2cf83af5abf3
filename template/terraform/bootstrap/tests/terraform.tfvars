# What the tests of this folder give the variables, unless they say otherwise.

stack                    = { name = "acme" }
environment              = { name = "dev" }
region                   = "us-east-1"
bucket_name              = "acme-dev-terraform-state"
noncurrent_version_days  = 365
key_deletion_window_days = 30

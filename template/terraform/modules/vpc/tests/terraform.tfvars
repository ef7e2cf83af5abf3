# What the tests of this folder give the variables, unless they say otherwise.

name               = "acme-dev"
account            = { id = "123456789012" }
cidr               = "10.0.0.0/16"
availability_zones = ["us-east-1a", "us-east-1b"]
nat_gateways       = "single"
log_retention_days = 30

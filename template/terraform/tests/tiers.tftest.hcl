# The tier sets size: each of tiers/*.tfvars.json, and what becomes of its figures.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  tier        = jsondecode(file("tiers/seed.tfvars.json")).tier
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
}

run "seed" {
  command = plan

  variables {
    tier = jsondecode(file("tiers/seed.tfvars.json")).tier
  }

  assert {
    condition     = var.tier.name == "seed" && var.tier.aurora == { min_acu = 0, max_acu = 4, readers = 0 }
    error_message = "seed must have its capacity."
  }

  assert {
    condition     = join(" ", keys(module.rds.instance_identifiers)) == "writer"
    error_message = "seed must have a writer and 0 readers."
  }

  assert {
    condition     = join(" ", keys(module.vpc.private_subnet_ids)) == "us-east-1a us-east-1b"
    error_message = "seed must span 2 zones."
  }

  assert {
    condition     = join(" ", keys(module.vpc.nat_public_ips)) == "us-east-1a"
    error_message = "seed must have 1 NAT gateways."
  }

  assert {
    condition     = module.api.throttle == { rate_limit = 50, burst_limit = 100 }
    error_message = "seed must admit 50 requests per second."
  }

  assert {
    condition     = join(" ", keys(module.vpc_endpoints.interface_endpoint_ids)) == "" && join(" ", keys(module.vpc_endpoints.gateway_endpoint_ids)) == "dynamodb s3"
    error_message = "seed must have no interface endpoints, and the gateways."
  }

  assert {
    condition     = module.waf["rest_api"].rate_limit == 2000
    error_message = "seed must admit 2000 requests per address and 5 minutes."
  }

  assert {
    condition     = module.functions.provisioned_concurrency == {}
    error_message = "seed must keep nothing warm."
  }

  assert {
    condition     = module.observability.traced_share == 1
    error_message = "seed must trace 100 % of the requests."
  }

  assert {
    condition     = module.schedules.expressions["outbox_relay"] == module.schedules.expressions["watch_budgets"]
    error_message = "The relay must run as often as the database's sleep allows."
  }

  assert {
    condition     = length(module.rds_proxy) == 0 && local.function_environments["health"].DATABASE_ROUTE == "direct" && join(" ", keys(local.database_logins["tenants"])) == "app_direct service_direct" && join(" ", keys(local.database_logins["migrate"])) == "migrator"
    error_message = "seed must reach its database straight."
  }
}

run "startup" {
  command = plan

  variables {
    tier = jsondecode(file("tiers/startup.tfvars.json")).tier
  }

  assert {
    condition     = var.tier.name == "startup" && var.tier.aurora == { min_acu = 0.5, max_acu = 8, readers = 0 }
    error_message = "startup must have its capacity."
  }

  assert {
    condition     = join(" ", keys(module.rds.instance_identifiers)) == "writer"
    error_message = "startup must have a writer and 0 readers."
  }

  assert {
    condition     = join(" ", keys(module.vpc.private_subnet_ids)) == "us-east-1a us-east-1b"
    error_message = "startup must span 2 zones."
  }

  assert {
    condition     = join(" ", keys(module.vpc.nat_public_ips)) == "us-east-1a"
    error_message = "startup must have 1 NAT gateways."
  }

  assert {
    condition     = module.api.throttle == { rate_limit = 100, burst_limit = 200 }
    error_message = "startup must admit 100 requests per second."
  }

  assert {
    condition     = join(" ", keys(module.vpc_endpoints.interface_endpoint_ids)) == "" && join(" ", keys(module.vpc_endpoints.gateway_endpoint_ids)) == "dynamodb s3"
    error_message = "startup must have no interface endpoints, and the gateways."
  }

  assert {
    condition     = module.waf["rest_api"].rate_limit == 2000
    error_message = "startup must admit 2000 requests per address and 5 minutes."
  }

  assert {
    condition     = module.functions.provisioned_concurrency == {}
    error_message = "startup must keep nothing warm."
  }

  assert {
    condition     = module.observability.traced_share == 1
    error_message = "startup must trace 100 % of the requests."
  }

  assert {
    condition     = module.schedules.expressions["outbox_relay"] == "rate(1 minute)"
    error_message = "The relay must run as often as the database's sleep allows."
  }

  assert {
    condition     = length(module.rds_proxy) == 0 && local.function_environments["health"].DATABASE_ROUTE == "direct" && join(" ", keys(local.database_logins["tenants"])) == "app_direct service_direct" && join(" ", keys(local.database_logins["migrate"])) == "migrator"
    error_message = "startup must reach its database straight."
  }
}

run "growth" {
  command = plan

  variables {
    tier = jsondecode(file("tiers/growth.tfvars.json")).tier
  }

  assert {
    condition     = var.tier.name == "growth" && var.tier.aurora == { min_acu = 1, max_acu = 16, readers = 1 }
    error_message = "growth must have its capacity."
  }

  assert {
    condition     = join(" ", keys(module.rds.instance_identifiers)) == "reader-1 writer"
    error_message = "growth must have a writer and 1 readers."
  }

  assert {
    condition     = join(" ", keys(module.vpc.private_subnet_ids)) == "us-east-1a us-east-1b"
    error_message = "growth must span 2 zones."
  }

  assert {
    condition     = join(" ", keys(module.vpc.nat_public_ips)) == "us-east-1a us-east-1b"
    error_message = "growth must have 2 NAT gateways."
  }

  assert {
    condition     = module.api.throttle == { rate_limit = 500, burst_limit = 1000 }
    error_message = "growth must admit 500 requests per second."
  }

  assert {
    condition     = join(" ", keys(module.vpc_endpoints.interface_endpoint_ids)) == "kms lambda logs secretsmanager sns sqs ssm" && join(" ", keys(module.vpc_endpoints.gateway_endpoint_ids)) == "dynamodb s3"
    error_message = "growth must have all interface endpoints, and the gateways."
  }

  assert {
    condition     = module.waf["rest_api"].rate_limit == 5000
    error_message = "growth must admit 5000 requests per address and 5 minutes."
  }

  assert {
    condition     = module.functions.provisioned_concurrency == { ingest = { minimum = 2, maximum = 8 } }
    error_message = "growth must keep 2 environments warm where a customer waits, and up to 8."
  }

  assert {
    condition     = module.observability.traced_share == 0.1
    error_message = "growth must trace 10 % of the requests."
  }

  assert {
    condition     = module.schedules.expressions["outbox_relay"] == "rate(1 minute)"
    error_message = "The relay must run as often as the database's sleep allows."
  }

  assert {
    condition     = length(module.rds_proxy) == 1 && local.function_environments["health"].DATABASE_ROUTE == "proxied" && join(" ", keys(local.database_logins["tenants"])) == "app_proxied service_proxied" && join(" ", keys(local.database_logins["migrate"])) == "migrator"
    error_message = "growth must reach its database by a proxy, but for migrations."
  }
}

run "scale" {
  command = plan

  variables {
    tier = jsondecode(file("tiers/scale.tfvars.json")).tier
  }

  assert {
    condition     = var.tier.name == "scale" && var.tier.aurora == { min_acu = 2, max_acu = 32, readers = 2 }
    error_message = "scale must have its capacity."
  }

  assert {
    condition     = join(" ", keys(module.rds.instance_identifiers)) == "reader-1 reader-2 writer"
    error_message = "scale must have a writer and 2 readers."
  }

  assert {
    condition     = join(" ", keys(module.vpc.private_subnet_ids)) == "us-east-1a us-east-1b us-east-1c"
    error_message = "scale must span 3 zones."
  }

  assert {
    condition     = join(" ", keys(module.vpc.nat_public_ips)) == "us-east-1a us-east-1b us-east-1c"
    error_message = "scale must have 3 NAT gateways."
  }

  assert {
    condition     = module.api.throttle == { rate_limit = 2000, burst_limit = 4000 }
    error_message = "scale must admit 2000 requests per second."
  }

  assert {
    condition     = join(" ", keys(module.vpc_endpoints.interface_endpoint_ids)) == "kms lambda logs secretsmanager sns sqs ssm" && join(" ", keys(module.vpc_endpoints.gateway_endpoint_ids)) == "dynamodb s3"
    error_message = "scale must have all interface endpoints, and the gateways."
  }

  assert {
    condition     = module.waf["rest_api"].rate_limit == 10000
    error_message = "scale must admit 10000 requests per address and 5 minutes."
  }

  assert {
    condition     = module.functions.provisioned_concurrency == { ingest = { minimum = 5, maximum = 20 } }
    error_message = "scale must keep 5 environments warm where a customer waits, and up to 20."
  }

  assert {
    condition     = module.observability.traced_share == 0.05
    error_message = "scale must trace 5 % of the requests."
  }

  assert {
    condition     = module.schedules.expressions["outbox_relay"] == "rate(1 minute)"
    error_message = "The relay must run as often as the database's sleep allows."
  }

  assert {
    condition     = length(module.rds_proxy) == 1 && local.function_environments["health"].DATABASE_ROUTE == "proxied" && join(" ", keys(local.database_logins["tenants"])) == "app_proxied service_proxied" && join(" ", keys(local.database_logins["migrate"])) == "migrator"
    error_message = "scale must reach its database by a proxy, but for migrations."
  }
}

run "enterprise" {
  command = plan

  variables {
    tier = jsondecode(file("tiers/enterprise.tfvars.json")).tier
  }

  assert {
    condition     = var.tier.name == "enterprise" && var.tier.aurora == { min_acu = 4, max_acu = 128, readers = 2 }
    error_message = "enterprise must have its capacity."
  }

  assert {
    condition     = join(" ", keys(module.rds.instance_identifiers)) == "reader-1 reader-2 writer"
    error_message = "enterprise must have a writer and 2 readers."
  }

  assert {
    condition     = join(" ", keys(module.vpc.private_subnet_ids)) == "us-east-1a us-east-1b us-east-1c"
    error_message = "enterprise must span 3 zones."
  }

  assert {
    condition     = join(" ", keys(module.vpc.nat_public_ips)) == "us-east-1a us-east-1b us-east-1c"
    error_message = "enterprise must have 3 NAT gateways."
  }

  assert {
    condition     = module.api.throttle == { rate_limit = 5000, burst_limit = 10000 }
    error_message = "enterprise must admit 5000 requests per second."
  }

  assert {
    condition     = join(" ", keys(module.vpc_endpoints.interface_endpoint_ids)) == "kms lambda logs secretsmanager sns sqs ssm" && join(" ", keys(module.vpc_endpoints.gateway_endpoint_ids)) == "dynamodb s3"
    error_message = "enterprise must have all interface endpoints, and the gateways."
  }

  assert {
    condition     = module.waf["rest_api"].rate_limit == 20000
    error_message = "enterprise must admit 20000 requests per address and 5 minutes."
  }

  assert {
    condition     = module.functions.provisioned_concurrency == { ingest = { minimum = 20, maximum = 80 } }
    error_message = "enterprise must keep 20 environments warm where a customer waits, and up to 80."
  }

  assert {
    condition     = module.observability.traced_share == 0.05
    error_message = "enterprise must trace 5 % of the requests."
  }

  assert {
    condition     = module.schedules.expressions["outbox_relay"] == "rate(1 minute)"
    error_message = "The relay must run as often as the database's sleep allows."
  }

  assert {
    condition     = length(module.rds_proxy) == 1 && local.function_environments["health"].DATABASE_ROUTE == "proxied" && join(" ", keys(local.database_logins["tenants"])) == "app_proxied service_proxied" && join(" ", keys(local.database_logins["migrate"])) == "migrator"
    error_message = "enterprise must reach its database by a proxy, but for migrations."
  }
}

run "refuses_a_tier_with_more_zones_than_the_region" {
  command = plan

  variables {
    tier = merge(var.tier, { availability_zones = 3 })
  }

  override_data {
    target = data.aws_availability_zones.this
    values = { names = ["us-east-1a", "us-east-1b"] }
  }

  expect_failures = [data.aws_availability_zones.this]
}

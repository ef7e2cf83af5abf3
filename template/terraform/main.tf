# The stack's foundation: names, network, database, mail. What runs on it is in functions.tf, how
# it is reached in api.tf, and what follows from a request in events.tf.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_availability_zones" "this" {
  state = "available"

  # Local and wavelength zones have no Aurora.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  lifecycle {
    postcondition {
      condition     = length(self.names) >= var.tier.availability_zones
      error_message = "The tier ${var.tier.name} wants ${var.tier.availability_zones} availability zones, and ${var.stack.region} offers ${length(self.names)}."
    }
  }
}

locals {
  name = "${var.stack.name}-${var.environment.name}"

  account = {
    id        = data.aws_caller_identity.this.account_id
    partition = data.aws_partition.this.partition
    region    = var.stack.region
  }

  # Names decide ARNs. Policies and settings that only name a thing do not wait for it, and an
  # apply is as long as its longest chain of waits: the network, then the database.
  lambda_arn_prefix = "arn:${local.account.partition}:lambda:${local.account.region}:${local.account.id}:function"
  sqs_arn_prefix    = "arn:${local.account.partition}:sqs:${local.account.region}:${local.account.id}"
  role_arn_prefix   = "arn:${local.account.partition}:iam::${local.account.id}:role"
  ses_arn_prefix    = "arn:${local.account.partition}:ses:${local.account.region}:${local.account.id}"

  # The operator is a tenant of its own stack: the same id on every machine and at every apply.
  operator_tenant_id = uuidv5("dns", "operator.${var.environment.name}.${var.stack.name}.${var.stack.domain}")

  # So is the customer a dedicated stack was stamped for.
  dedicated_tenant_id = var.stack.tenancy == "dedicated" ? uuidv5("dns", "dedicated.${var.environment.name}.${var.stack.name}.${var.stack.domain}") : null

  # Aurora of this tier sleeps when nobody asks, and takes some 15 seconds to wake.
  database_pauses = var.tier.aurora.min_acu == 0

  # What is kept in a dead-letter queue is lost to nobody and waits for days: worth knowing.
  alarm_actions = [module.observability.topic_arns["info"]]
}

module "vpc" {
  source = "./modules/vpc"

  name               = local.name
  account            = local.account
  cidr               = var.vpc_cidr
  availability_zones = slice(sort(data.aws_availability_zones.this.names), 0, var.tier.availability_zones)
  nat_gateways       = var.tier.nat_gateways
  log_retention_days = var.environment.log_retention_days

  permissions_boundary_arn = local.permissions_boundary_arn
}

module "rds" {
  source = "./modules/rds"

  name               = local.name
  account            = local.account
  subnet_group_name  = module.vpc.database_subnet_group_name
  security_group_id  = module.vpc.database_security_group_id
  postgresql_version = "16"
  port               = 5432
  database_name      = "billing"
  master_username    = "master"
  log_retention_days = var.environment.log_retention_days

  permissions_boundary_arn = local.permissions_boundary_arn

  capacity = {
    min_acu                  = var.tier.aurora.min_acu
    max_acu                  = var.tier.aurora.max_acu
    readers                  = var.tier.aurora.readers
    seconds_until_auto_pause = local.database_pauses ? 300 : null
  }

  protection = {
    backup_retention_days = var.environment.backup_retention_days
    deletion_protection   = var.environment.deletion_protection
    final_snapshot        = var.environment.final_snapshot
  }
}

module "email" {
  source = "./modules/email"

  name               = local.name
  domain             = var.stack.domain
  region             = local.account.region
  mail_from_label    = "mail"
  dmarc_report_email = var.stack.sender_email
}

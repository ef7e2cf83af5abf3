provider "aws" {
  region = var.stack.region

  # Here and nowhere else: a module's tags add to them. What a stack is, and not its size: a tag
  # with the tier would make every resource part of moving up a tier.
  default_tags {
    tags = merge(local.tags, { ManagedBy = "terraform" })
  }
}

locals {
  tags = {
    Stack       = var.stack.name
    Environment = var.environment.name
  }
}

provider "aws" {
  region = var.stack.region

  # Here and nowhere else: a module's tags add to them.
  default_tags {
    tags = {
      Stack       = var.stack.name
      Environment = var.environment.name
      Tier        = var.tier.name
      ManagedBy   = "terraform"
    }
  }
}

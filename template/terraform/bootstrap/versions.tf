terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # In the very bucket this root looks after (docs/adr/0008 of the generator): `saasgen bootstrap`
  # names it, and makes it bare before the first run.
  backend "s3" {}
}

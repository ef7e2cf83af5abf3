terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, key and region are the stack's own: terraform init -backend-config=backend.hcl
  backend "s3" {}
}

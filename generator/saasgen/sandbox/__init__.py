"""The sandbox: an AWS account in a box, in which a stack's real Terraform and code run."""

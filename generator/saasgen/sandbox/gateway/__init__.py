"""API Gateway's data plane: serves the REST API that stands in the Terraform state."""

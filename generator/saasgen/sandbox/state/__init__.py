"""What Terraform created, read from its state."""

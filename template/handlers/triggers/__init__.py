"""What Cognito calls."""

"""AWS services behind functions of our own: Cognito, SES, S3, Lambda, EventBridge."""

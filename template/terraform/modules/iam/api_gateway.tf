# API Gateway writes logs by one role per account and region, so that one stack of an account owns
# the setting (`manages_account_settings`) and the others use it.

resource "aws_iam_role" "api_gateway" {
  count = var.manages_account_settings ? 1 : 0

  name                 = "${var.name}-api-gateway-logs"
  description          = "Lets API Gateway write access and execution logs"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ApiGateway"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "apigateway.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "api_gateway" {
  count = var.manages_account_settings ? 1 : 0

  role       = aws_iam_role.api_gateway[0].name
  policy_arn = "arn:${var.account.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

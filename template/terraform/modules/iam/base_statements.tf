# What every function needs: to log, to trace, and to have a network interface in the VPC.

locals {
  network_interface_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]

  base_statements = {
    for key, function in var.functions : key => [
      {
        Sid      = "WriteOwnLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws/lambda/${function.name}:*"
      },
      {
        # X-Ray has no resources to name: a segment belongs to the account.
        Sid      = "Trace"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
      },
      {
        # Lambda checks these before it accepts a VPC configuration, when the interface has no
        # name yet; the describing ones accept no resource at all.
        Sid      = "AttachToVpc"
        Effect   = "Allow"
        Action   = local.network_interface_actions
        Resource = "*"
      },
      {
        # ... and only Lambda needs them, on the function's behalf: its own code may not.
        Sid       = "KeepNetworkFromOwnCode"
        Effect    = "Deny"
        Action    = local.network_interface_actions
        Resource  = "*"
        Condition = { ArnEquals = { "lambda:SourceFunctionArn" = "arn:${var.account.partition}:lambda:${var.account.region}:${var.account.id}:function:${function.name}" } }
      },
    ]
  }
}

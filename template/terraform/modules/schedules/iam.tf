resource "aws_iam_role" "this" {
  name                 = "${var.name}-schedules"
  description          = "Lets EventBridge Scheduler start the functions of ${var.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Scheduler"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account.id }
        ArnEquals    = { "aws:SourceArn" = aws_scheduler_schedule_group.this.arn }
      }
    }]
  })
}

# The queue by its name: the policy need not wait for the queue, which takes SQS 25 seconds.
resource "aws_iam_role_policy" "this" {
  name = "start-functions"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "StartFunctions"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = [for key in sort(keys(var.schedules)) : var.schedules[key].function_alias_arn]
      },
      {
        Sid      = "KeepUndeliverable"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = local.dead_letter_arn
      },
    ]
  })
}

# One role per function, with what its entry in the inventory says and nothing else. A function
# whose entry grows gains a statement here; no two functions share one.

resource "aws_iam_role" "function" {
  for_each = var.functions

  name                 = each.value.name
  description          = "Execution role of the function ${each.value.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Lambda"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = var.functions

  name = "function"
  role = aws_iam_role.function[each.key].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.base_statements[each.key], local.granted_statements[each.key])
  })
}

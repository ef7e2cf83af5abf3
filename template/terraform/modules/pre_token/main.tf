# Lets Cognito ask the pre-token function before it signs a token. The pool names the function and
# the permission names the pool; the function's ARN is known from its name, and that breaks the
# circle: pool and function are created side by side, and meet here.

resource "aws_lambda_permission" "this" {
  statement_id   = "InvokeFromUserPool"
  action         = "lambda:InvokeFunction"
  function_name  = var.function.name
  qualifier      = var.function.alias
  principal      = "cognito-idp.amazonaws.com"
  source_arn     = var.user_pool_arn
  source_account = var.account.id
}

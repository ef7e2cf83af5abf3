mock_provider "aws" {}

run "the_trigger_is_known_before_the_function_is" {
  command = plan

  assert {
    condition     = output.trigger == { lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-pre-token:live", lambda_version = "V3_0" }
    error_message = "The pool must be able to name the function while it is being made."
  }
}

run "only_the_pool_may_call_it_and_only_the_alias" {
  command = plan

  assert {
    condition     = aws_lambda_permission.this.principal == "cognito-idp.amazonaws.com" && aws_lambda_permission.this.source_arn == var.user_pool_arn && aws_lambda_permission.this.qualifier == "live"
    error_message = "The permission must be the pool's, on the alias."
  }
}

# X-Ray follows a request from the API through functions, topic and queues to the consumers. Whether
# a trace is kept is decided where it begins, at the API, and all after it obey.

# Without a reservoir: a request a second on top of the share would be most of what a quiet stack
# traces, and neither the share nor the bill that follows from it would hold.
resource "aws_xray_sampling_rule" "api" {
  rule_name      = var.name
  priority       = 1000
  version        = 1
  fixed_rate     = var.traced_percent / 100
  reservoir_size = 0
  service_type   = "AWS::ApiGateway::Stage"
  service_name   = "${var.api.name}/${var.api.stage_name}"
  resource_arn   = "*" # the name above is of this stack alone
  host           = "*"
  http_method    = "*"
  url_path       = "*"
}

# SNS writes its part of a trace in its own name. AWS keeps five such policies per account, and more
# stacks than that may share one: the stack that owns the account's settings admits every stack's
# topic of domain events.
resource "aws_xray_resource_policy" "topics" {
  count = var.manages_account_settings ? 1 : 0

  policy_name     = "${var.name}-event-topics"
  policy_document = local.trace_policy
}

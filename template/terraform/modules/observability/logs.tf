# What logs say: errors counted as they are written, and questions ready to be asked.

locals {
  # Beside the metrics that functions emit, and apart from them: here a metric is a function.
  error_namespace = "${var.metrics_namespace}/logged-errors"
}

# Lambda counts invocations that failed. An API function that answered 500, or a consumer that sent
# one message back, did not: what they have in common is a line of this level. Without a default
# value a metric costs nothing while there is nothing to count.
resource "aws_cloudwatch_log_metric_filter" "errors" {
  for_each = var.functions

  name           = "${each.value.name}-errors"
  log_group_name = each.value.log_group_name
  pattern        = "{ ($.level = \"ERROR\") || ($.level = \"CRITICAL\") || ($.level = \"FATAL\") }"

  metric_transformation {
    namespace = local.error_namespace
    name      = each.key
    value     = "1"
    unit      = "Count"
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  name            = "${var.name}/${each.key}"
  query_string    = each.value.query
  log_group_names = local.log_groups[each.value.reads]
}

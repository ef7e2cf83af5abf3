# Alarms that somebody can act on: they ask for a fault that lasts, and for a share where traffic
# would make a number meaningless. No data means nothing happened, and is no fault.

locals {
  period_s = 5 * 60

  api_dimensions = { ApiName = var.api.name, Stage = var.api.stage_name }
  warm_functions = { for key, function in var.functions : key => function if function.warm_alias != null }
}

# The share, not the number: 100 errors are a crisis among 200 requests, and noise among a million.
resource "aws_cloudwatch_metric_alarm" "function_error_rate" {
  for_each = var.functions

  alarm_name          = "${each.value.name}-error-rate"
  alarm_description   = "More than ${var.thresholds.function_error_rate_percent} % of the invocations of ${each.key} in ${var.name} have failed for 15 minutes."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.function_error_rate_percent
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["critical"].arn]
  ok_actions          = [aws_sns_topic.this["critical"].arn]

  metric_query {
    id          = "error_rate"
    label       = "Errors, % of invocations"
    expression  = "IF(invocations > 0, 100 * errors / invocations, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "Errors", invocations = "Invocations" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value
        dimensions  = { FunctionName = each.value.name }
        stat        = "Sum"
        period      = local.period_s
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "function_throttles" {
  for_each = var.functions

  alarm_name          = "${each.value.name}-throttles"
  alarm_description   = "Lambda has turned away invocations of ${each.key} in ${var.name} for 10 minutes: a concurrency limit is reached."
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = each.value.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.function_throttles
  period              = local.period_s
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
  ok_actions          = [aws_sns_topic.this["warning"].arn]
}

# Scaling lags a few minutes behind a burst, and some cold starts are the price of few idle
# environments. A share that stays is more traffic than the scaling may follow.
resource "aws_cloudwatch_metric_alarm" "function_spillover" {
  for_each = local.warm_functions

  alarm_name          = "${each.value.name}-spillover"
  alarm_description   = "More than ${var.thresholds.function_spillover_percent} % of the invocations of ${each.key} in ${var.name} have found no warm environment for 15 minutes: more of them are needed."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.function_spillover_percent
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
  ok_actions          = [aws_sns_topic.this["warning"].arn]

  metric_query {
    id          = "spillover"
    label       = "Cold, % of invocations"
    expression  = "IF(invocations > 0, 100 * spillovers / invocations, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { spillovers = "ProvisionedConcurrencySpilloverInvocations", invocations = "Invocations" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value
        dimensions  = { FunctionName = each.value.name, Resource = "${each.value.name}:${each.value.warm_alias}" }
        stat        = "Sum"
        period      = local.period_s
      }
    }
  }
}

# What functions count themselves. Powertools gives each figure the function's key as a dimension.
resource "aws_cloudwatch_metric_alarm" "figure" {
  for_each = merge([
    for name, figure in var.figures : { for function in figure.functions : "${function}/${name}" => merge(figure, { name = name, function = function }) }
  ]...)

  alarm_name          = "${var.functions[each.value.function].name}-${replace(each.value.name, "_", "-")}"
  alarm_description   = "${each.value.function} of ${var.name} ${each.value.happened}."
  namespace           = var.metrics_namespace
  metric_name         = each.value.name
  dimensions          = { service = each.value.function }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.lasts_s
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this[each.value.severity].arn]
  ok_actions          = [aws_sns_topic.this[each.value.severity].arn]
}

resource "aws_cloudwatch_metric_alarm" "api_server_errors" {
  alarm_name          = "${var.name}-api-server-errors"
  alarm_description   = "The API of ${var.name} has answered more than ${var.thresholds.api_server_errors} requests in 5 minutes with 5xx, for 15 minutes."
  namespace           = "AWS/ApiGateway"
  metric_name         = "5XXError"
  dimensions          = local.api_dimensions
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.api_server_errors
  period              = local.period_s
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["critical"].arn]
  ok_actions          = [aws_sns_topic.this["critical"].arn]
}

# What is slow depends on the hour and the weekday: CloudWatch learns the usual band.
resource "aws_cloudwatch_metric_alarm" "api_latency_anomaly" {
  alarm_name          = "${var.name}-api-latency-anomaly"
  alarm_description   = "The slowest hundredth of requests to ${var.name} has been slower than is usual at this hour for 15 minutes."
  comparison_operator = "GreaterThanUpperThreshold"
  threshold_metric_id = "band"
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
  ok_actions          = [aws_sns_topic.this["warning"].arn]

  metric_query {
    id          = "band"
    label       = "Usual p99 latency"
    expression  = "ANOMALY_DETECTION_BAND(latency, ${var.thresholds.api_latency_band_deviations})"
    return_data = true
  }

  metric_query {
    id          = "latency"
    return_data = true

    metric {
      namespace   = "AWS/ApiGateway"
      metric_name = "Latency"
      dimensions  = local.api_dimensions
      stat        = "p99"
      period      = local.period_s
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "database_cpu" {
  for_each = var.database_instances

  alarm_name          = "${each.value}-cpu"
  alarm_description   = "The processors of ${each.value} have been busy for more than ${var.thresholds.database_cpu_percent} % of 15 minutes."
  namespace           = "AWS/RDS"
  metric_name         = "CPUUtilization"
  dimensions          = { DBInstanceIdentifier = each.value }
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.database_cpu_percent
  period              = local.period_s
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
  ok_actions          = [aws_sns_topic.this["warning"].arn]
}

resource "aws_cloudwatch_metric_alarm" "database_connections" {
  for_each = var.database_instances

  alarm_name          = "${each.value}-connections"
  alarm_description   = "More than ${var.thresholds.database_connections} connections to ${each.value} have been open for 10 minutes: each running function holds one."
  namespace           = "AWS/RDS"
  metric_name         = "DatabaseConnections"
  dimensions          = { DBInstanceIdentifier = each.value }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.database_connections
  period              = local.period_s
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["warning"].arn]
  ok_actions          = [aws_sns_topic.this["warning"].arn]
}

# Aurora's volume grows by itself and has no FreeStorageSpace. What can run full is the instance's
# own disk, where sorts and temporary tables go.
resource "aws_cloudwatch_metric_alarm" "database_local_storage" {
  for_each = var.database_instances

  alarm_name          = "${each.value}-local-storage"
  alarm_description   = "Less than ${var.thresholds.database_local_storage_gb} GB are left on the local disk of ${each.value}; large sorts and temporary tables will fail."
  namespace           = "AWS/RDS"
  metric_name         = "FreeLocalStorage"
  dimensions          = { DBInstanceIdentifier = each.value }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = var.thresholds.database_local_storage_gb * pow(1024, 3)
  period              = local.period_s
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["info"].arn]
  ok_actions          = [aws_sns_topic.this["info"].arn]
}

# Two warnings that could each wait until tomorrow; together they are an outage that begins.
resource "aws_cloudwatch_composite_alarm" "slow_by_database" {
  alarm_name        = "${var.name}-slow-by-database"
  alarm_description = "Customers of ${var.name} wait longer than usual while its database is at its limit."
  alarm_actions     = [aws_sns_topic.this["critical"].arn]
  ok_actions        = [aws_sns_topic.this["critical"].arn]

  alarm_rule = format("ALARM(\"%s\") AND (%s)", aws_cloudwatch_metric_alarm.api_latency_anomaly.alarm_name, join(" OR ", [
    for alarm in concat(values(aws_cloudwatch_metric_alarm.database_cpu), values(aws_cloudwatch_metric_alarm.database_connections)) : "ALARM(\"${alarm.alarm_name}\")"
  ]))
}

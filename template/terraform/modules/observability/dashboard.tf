# One page for whoever is called: what customers see, then what runs for them, what it earns, what
# waits, and what it all rests on. A row is a list of widgets that share its width.

locals {
  dashboard_columns = 24 # of CloudWatch's grid
  title_height      = 1
  widget_height     = 6

  # Plans and currencies are dimensions: a search finds those there are.
  business_metrics = {
    invoice_generation_time = { title = "Invoice generation time", unit = "ms", dimensions = ["PlanId", "service"], statistics = ["p50", "p90", "p99"] }
    subscription_count      = { title = "Subscriptions created", unit = "subscriptions", dimensions = ["PlanId", "service"], statistics = ["Sum"] }
    subscription_revenue    = { title = "Revenue of new subscriptions", unit = "minor units", dimensions = ["Currency", "PlanId", "service"], statistics = ["Sum"] }
    invoice_amount          = { title = "Revenue per invoice", unit = "minor units", dimensions = ["Currency", "PlanId", "service"], statistics = ["Average"] }
  }

  api_metric = flatten([for name, value in local.api_dimensions : [name, value]])

  # What functions hold of the proxy, what it holds of the database, and what of that it cannot share.
  proxy_widgets = [
    for proxy in var.database_proxy_name[*] : {
      title = "Proxy"
      unit  = "connections"
      metrics = [
        for name, label in { ClientConnections = "functions", DatabaseConnections = "database", DatabaseConnectionsCurrentlySessionPinned = "pinned", MaxDatabaseConnectionsAllowed = "most" } :
        ["AWS/RDS", name, "ProxyName", proxy, { stat = "Sum", label = label, period = 60 }]
      ]
    }
  ]

  rows = [
    {
      title = "API"
      widgets = [
        {
          title   = "Latency"
          unit    = "ms"
          metrics = [for percentile in ["p50", "p90", "p99"] : concat(["AWS/ApiGateway", "Latency"], local.api_metric, [{ stat = percentile, label = percentile }])]
        },
        {
          title   = "Requests"
          unit    = "requests"
          metrics = [concat(["AWS/ApiGateway", "Count"], local.api_metric, [{ stat = "Sum", label = "requests" }])]
        },
        {
          title   = "Errors"
          unit    = "responses"
          metrics = [for name, label in { "4XXError" = "4xx", "5XXError" = "5xx" } : concat(["AWS/ApiGateway", name], local.api_metric, [{ stat = "Sum", label = label }])]
        },
      ]
    },
    {
      title = "Functions"
      widgets = [
        {
          title = "Error rate"
          unit  = "%"
          metrics = concat(
            [for index, key in keys(var.functions) : [{ id = "rate${index}", label = key, expression = "IF(invocations${index} > 0, 100 * errors${index} / invocations${index}, 0)" }]],
            [for index, function in values(var.functions) : ["AWS/Lambda", "Errors", "FunctionName", function.name, { id = "errors${index}", stat = "Sum", visible = false }]],
            [for index, function in values(var.functions) : ["AWS/Lambda", "Invocations", "FunctionName", function.name, { id = "invocations${index}", stat = "Sum", visible = false }]],
          )
        },
        {
          title   = "Duration, p90"
          unit    = "ms"
          metrics = [for key, function in var.functions : ["AWS/Lambda", "Duration", "FunctionName", function.name, { stat = "p90", label = key }]]
        },
        {
          title = "Concurrent executions"
          unit  = "executions"
          metrics = concat(
            [for key, function in var.functions : ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", function.name, { stat = "Maximum", label = key }]],
            [for key, function in local.warm_functions : ["AWS/Lambda", "ProvisionedConcurrentExecutions", "FunctionName", function.name, "Resource", "${function.name}:${function.warm_alias}", { stat = "Maximum", label = "${key}, warm" }]],
            [for key, function in local.warm_functions : ["AWS/Lambda", "ProvisionedConcurrencySpilloverInvocations", "FunctionName", function.name, "Resource", "${function.name}:${function.warm_alias}", { stat = "Sum", label = "${key}, no warm one left" }]],
          )
        },
        {
          title   = "Errors logged"
          unit    = "lines"
          metrics = [for key in keys(var.functions) : [local.error_namespace, key, { stat = "Sum", label = key }]]
        },
      ]
    },
    {
      title = "Business"
      widgets = [
        for name in ["invoice_generation_time", "subscription_count", "subscription_revenue", "invoice_amount"] : {
          title = local.business_metrics[name].title
          unit  = local.business_metrics[name].unit
          metrics = [
            for statistic in local.business_metrics[name].statistics : [{
              expression = "SEARCH('{\"${var.metrics_namespace}\",${join(",", local.business_metrics[name].dimensions)}} MetricName=\"${name}\"', '${statistic}', ${local.period_s})"
              label      = "$${PROP('Dim.PlanId')} ${statistic}"
            }]
          ]
        }
      ]
    },
    {
      title = "Events and queues"
      widgets = [
        {
          title   = "Messages in flight"
          unit    = "messages"
          metrics = [for key, queue in var.queues : ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", queue, { stat = "Maximum", label = key }]]
        },
        {
          title   = "Dead letters (should be 0)"
          unit    = "messages"
          metrics = [for key, queue in var.dead_letter_queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { stat = "Maximum", label = key }]]
        },
      ]
    },
    {
      title = "Database"
      widgets = concat([
        {
          title   = "CPU"
          unit    = "%"
          metrics = [for role, instance in var.database_instances : ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", instance, { stat = "Average", label = role }]]
        },
        {
          title   = "Connections"
          unit    = "connections"
          metrics = [for role, instance in var.database_instances : ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", instance, { stat = "Maximum", label = role }]]
        },
        {
          title   = "Free local storage"
          unit    = "bytes"
          metrics = [for role, instance in var.database_instances : ["AWS/RDS", "FreeLocalStorage", "DBInstanceIdentifier", instance, { stat = "Minimum", label = role }]]
        },
      ], local.proxy_widgets)
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${var.name}-operations"

  dashboard_body = jsonencode({
    start = "-PT6H"
    widgets = concat([
      for number, row in local.rows : concat(
        [{
          type       = "text"
          x          = 0
          y          = number * (local.title_height + local.widget_height)
          width      = local.dashboard_columns
          height     = local.title_height
          properties = { markdown = "## ${row.title}", background = "transparent" }
        }],
        [for position, widget in row.widgets : {
          type   = "metric"
          x      = position * local.dashboard_columns / length(row.widgets)
          y      = number * (local.title_height + local.widget_height) + local.title_height
          width  = local.dashboard_columns / length(row.widgets)
          height = local.widget_height
          properties = {
            title   = widget.title
            region  = var.account.region
            view    = "timeSeries"
            stacked = false
            period  = local.period_s
            metrics = widget.metrics
            yAxis   = { left = { label = widget.unit, min = 0, showUnits = false } }
          }
        }],
      )
    ]...)
  })
}

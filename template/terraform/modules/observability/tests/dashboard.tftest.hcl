# The dashboard: five rows, and in each widget what it says.

mock_provider "aws" {
  source = "../../tests/mocks"
}

run "five_rows_have_their_widgets" {
  command = plan

  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.type == "text" ? widget.properties.markdown : widget.properties.title] == [
      "## API", "Latency", "Requests", "Errors",
      "## Functions", "Error rate", "Duration, p90", "Concurrent executions", "Errors logged",
      "## Business", "Invoice generation time", "Subscriptions created", "Revenue of new subscriptions", "Revenue per invoice",
      "## Events and queues", "Messages in flight", "Dead letters (should be 0)",
      "## Database", "CPU", "Connections", "Free local storage",
    ]
    error_message = "Rows and widgets must be those of the design, in its order."
  }

  assert {
    condition     = aws_cloudwatch_dashboard.this.dashboard_name == "acme-dev-operations" && output.dashboard_name == "acme-dev-operations"
    error_message = "The dashboard must be found under the stack's name."
  }
}

run "widgets_fill_their_rows_and_do_not_overlap" {
  command = plan

  assert {
    condition     = alltrue([for y in distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.y]) : sum([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.width if widget.y == y]) == 24])
    error_message = "A row must be as wide as the page."
  }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [widget.x, widget.y] if try(widget.properties.title, "") == "Dead letters (should be 0)"] == [[12, 22]]
    error_message = "A widget must stand beside and below those before it."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "us-east-1" if widget.type == "metric"])
    error_message = "Metrics must be read where the stack is."
  }
}

run "the_api_is_shown_by_percentile_and_status" {
  command = plan

  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if try(widget.properties.title, "") == "Latency"][0] == [
      ["AWS/ApiGateway", "Latency", "ApiName", "acme-dev", "Stage", "api", { stat = "p50", label = "p50" }],
      ["AWS/ApiGateway", "Latency", "ApiName", "acme-dev", "Stage", "api", { stat = "p90", label = "p90" }],
      ["AWS/ApiGateway", "Latency", "ApiName", "acme-dev", "Stage", "api", { stat = "p99", label = "p99" }],
    ]
    error_message = "Latency must be shown at p50, p90 and p99."
  }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics[*][1] if try(widget.properties.title, "") == "Errors"][0] == ["4XXError", "5XXError"]
    error_message = "Client errors and server errors must be told apart."
  }
}

run "each_function_is_a_line" {
  command = plan

  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if try(widget.properties.title, "") == "Error rate"][0] == [
      [{ id = "rate0", label = "generate_invoice", expression = "IF(invocations0 > 0, 100 * errors0 / invocations0, 0)" }],
      [{ id = "rate1", label = "tenants", expression = "IF(invocations1 > 0, 100 * errors1 / invocations1, 0)" }],
      ["AWS/Lambda", "Errors", "FunctionName", "acme-dev-generate-invoice", { id = "errors0", stat = "Sum", visible = false }],
      ["AWS/Lambda", "Errors", "FunctionName", "acme-dev-tenants", { id = "errors1", stat = "Sum", visible = false }],
      ["AWS/Lambda", "Invocations", "FunctionName", "acme-dev-generate-invoice", { id = "invocations0", stat = "Sum", visible = false }],
      ["AWS/Lambda", "Invocations", "FunctionName", "acme-dev-tenants", { id = "invocations1", stat = "Sum", visible = false }],
    ]
    error_message = "The rate of a function must be made of its own figures."
  }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if try(widget.properties.title, "") == "Errors logged"][0] == [for key in ["generate_invoice", "tenants"] : ["acme-dev/logged-errors", key, { stat = "Sum", label = key }]]
    error_message = "Errors must be shown as the metric filters count them."
  }
}

run "warm_environments_are_shown_with_what_they_could_not_take" {
  command = plan

  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if try(widget.properties.title, "") == "Concurrent executions"][0] == [
      ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", "acme-dev-generate-invoice", { stat = "Maximum", label = "generate_invoice" }],
      ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", "acme-dev-tenants", { stat = "Maximum", label = "tenants" }],
      ["AWS/Lambda", "ProvisionedConcurrentExecutions", "FunctionName", "acme-dev-tenants", "Resource", "acme-dev-tenants:live", { stat = "Maximum", label = "tenants, warm" }],
      ["AWS/Lambda", "ProvisionedConcurrencySpilloverInvocations", "FunctionName", "acme-dev-tenants", "Resource", "acme-dev-tenants:live", { stat = "Sum", label = "tenants, no warm one left" }],
    ]
    error_message = "Where environments are kept warm, their number and the invocations beyond it must be shown."
  }
}

run "business_figures_are_searched_as_functions_emit_them" {
  command = plan

  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics[*][0].expression if try(startswith(widget.properties.metrics[0][0].expression, "SEARCH"), false)] == [
      [for percentile in ["p50", "p90", "p99"] : "SEARCH('{\"acme-dev\",PlanId,service} MetricName=\"invoice_generation_time\"', '${percentile}', 300)"],
      ["SEARCH('{\"acme-dev\",PlanId,service} MetricName=\"subscription_count\"', 'Sum', 300)"],
      ["SEARCH('{\"acme-dev\",Currency,PlanId,service} MetricName=\"subscription_revenue\"', 'Sum', 300)"],
      ["SEARCH('{\"acme-dev\",Currency,PlanId,service} MetricName=\"invoice_amount\"', 'Average', 300)"],
    ]
    error_message = "Names and dimensions must be those the functions emit."
  }
}

run "queues_and_instances_are_shown_by_name" {
  command = plan

  assert {
    condition = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if try(widget.properties.title, "") == "Dead letters (should be 0)"][0] == [
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "acme-dev-generate-invoice-dlq", { stat = "Maximum", label = "generate_invoice" }],
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "acme-dev-schedules-dlq", { stat = "Maximum", label = "schedules" }],
    ]
    error_message = "Each queue of dead letters must be shown."
  }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics[0] if try(widget.properties.title, "") == "Messages in flight"][0] == ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", "acme-dev-generate-invoice", { stat = "Maximum", label = "generate_invoice" }]
    error_message = "Messages being worked on must be shown."
  }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics[*][3] if try(widget.properties.title, "") == "CPU"][0] == ["acme-dev-reader-1", "acme-dev-writer"]
    error_message = "Each instance must be shown."
  }
}

run "a_proxy_is_shown_beside_its_database" {
  command = plan

  variables {
    database_proxy_name = "acme-dev"
  }

  assert {
    condition     = toset([for metric in one([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if try(widget.properties.title, "") == "Proxy"]) : "${metric[1]} ${metric[2]} ${metric[3]}"]) == toset(["ClientConnections ProxyName acme-dev", "DatabaseConnections ProxyName acme-dev", "DatabaseConnectionsCurrentlySessionPinned ProxyName acme-dev", "MaxDatabaseConnectionsAllowed ProxyName acme-dev"])
    error_message = "What functions hold of the proxy, and the proxy of the database, must be one picture."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.width == 6 if contains(["CPU", "Connections", "Free local storage", "Proxy"], try(widget.properties.title, ""))])
    error_message = "Four widgets must share the row."
  }
}

# Each alarm, with the figures of the design, and whom it tells.

mock_provider "aws" {
  source = "../../tests/mocks"
}

# The ARN is not known before the topic is: give each its own.
override_resource {
  target = aws_sns_topic.this["critical"]
  values = { arn = "arn:aws:sns:us-east-1:123456789012:critical" }
}

override_resource {
  target = aws_sns_topic.this["warning"]
  values = { arn = "arn:aws:sns:us-east-1:123456789012:warning" }
}

override_resource {
  target = aws_sns_topic.this["info"]
  values = { arn = "arn:aws:sns:us-east-1:123456789012:info" }
}

run "a_function_whose_invocations_fail_pages" {
  command = apply

  assert {
    condition     = { for key, alarm in aws_cloudwatch_metric_alarm.function_error_rate : key => alarm.alarm_name } == { tenants = "acme-dev-tenants-error-rate", generate_invoice = "acme-dev-generate-invoice-error-rate" }
    error_message = "Each function must have its alarm."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.function_error_rate : [alarm.threshold, alarm.evaluation_periods, alarm.comparison_operator] == [5, 3, "GreaterThanThreshold"]])
    error_message = "More than 5 % for 3 periods is the limit."
  }

  assert {
    condition     = one([for query in aws_cloudwatch_metric_alarm.function_error_rate["tenants"].metric_query : query.expression if query.return_data == true]) == "IF(invocations > 0, 100 * errors / invocations, 0)"
    error_message = "The rate must be a share of the invocations, and 0 where there is none."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.function_error_rate["tenants"].metric_query : query.id => [for metric in query.metric : "${metric.namespace} ${metric.metric_name} ${metric.dimensions.FunctionName} ${metric.stat} ${metric.period}"] } == {
      error_rate  = []
      errors      = ["AWS/Lambda Errors acme-dev-tenants Sum 300"]
      invocations = ["AWS/Lambda Invocations acme-dev-tenants Sum 300"]
    }
    error_message = "The rate must be of the function's own errors and invocations in 5 minutes."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.function_error_rate : alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:critical"])])
    error_message = "Failing functions must page."
  }
}

run "a_figure_that_should_stay_at_nothing_tells_as_severely_as_it_is" {
  command = apply

  variables {
    figures = {
      billing_stopped = { functions = ["generate_invoice"], severity = "critical", happened = "has stopped", lasts_s = 7200 }
      refused         = { functions = ["generate_invoice", "tenants"], severity = "warning", happened = "has refused a request" }
    }
  }

  assert {
    condition = { for alarm in aws_cloudwatch_metric_alarm.figure : alarm.alarm_name => [alarm.namespace, alarm.metric_name, alarm.dimensions.service, alarm.period, one(alarm.alarm_actions)] } == {
      acme-dev-generate-invoice-billing-stopped = ["acme-dev", "billing_stopped", "generate_invoice", 7200, "arn:aws:sns:us-east-1:123456789012:critical"]
      acme-dev-generate-invoice-refused         = ["acme-dev", "refused", "generate_invoice", 300, "arn:aws:sns:us-east-1:123456789012:warning"]
      acme-dev-tenants-refused                  = ["acme-dev", "refused", "tenants", 300, "arn:aws:sns:us-east-1:123456789012:warning"]
    }
    error_message = "Each function's own count must have its alarm."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.figure : [alarm.statistic, alarm.threshold, alarm.evaluation_periods, alarm.treat_missing_data] == ["Sum", 0, 1, "notBreaching"]])
    error_message = "Once is enough."
  }
}

run "a_figure_may_count_to_some_number_first" {
  command = apply

  variables {
    figures = { refused = { functions = ["tenants"], severity = "warning", happened = "has refused requests", threshold = 4, lasts_s = 3600 } }
  }

  assert {
    condition     = [for alarm in aws_cloudwatch_metric_alarm.figure : [alarm.statistic, alarm.comparison_operator, alarm.threshold, alarm.period, alarm.evaluation_periods]] == [["Sum", "GreaterThanThreshold", 4, 3600, 1]]
    error_message = "More than so many within that time is too much."
  }
}

run "a_throttled_function_warns" {
  command = apply

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.function_throttles : [alarm.metric_name, alarm.statistic, alarm.threshold, alarm.period, alarm.evaluation_periods] == ["Throttles", "Sum", 0, 300, 2]])
    error_message = "Any throttling in 2 periods of 5 minutes is too much."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.function_throttles)) == toset(keys(var.functions)) && alltrue([for alarm in aws_cloudwatch_metric_alarm.function_throttles : alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:warning"])])
    error_message = "Each function must warn."
  }
}

run "a_warm_function_that_begins_cold_warns" {
  command = apply

  assert {
    condition     = { for key, alarm in aws_cloudwatch_metric_alarm.function_spillover : key => [alarm.alarm_name, alarm.threshold, alarm.evaluation_periods, one(alarm.alarm_actions)] } == { tenants = ["acme-dev-tenants-spillover", 5, 3, "arn:aws:sns:us-east-1:123456789012:warning"] }
    error_message = "More than 5 % of cold invocations in 3 periods must warn, where environments are kept warm."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.function_spillover["tenants"].metric_query : query.id => [for metric in query.metric : "${metric.metric_name} ${metric.dimensions.FunctionName} ${metric.dimensions.Resource} ${metric.stat} ${metric.period}"] } == {
      spillover   = []
      spillovers  = ["ProvisionedConcurrencySpilloverInvocations acme-dev-tenants acme-dev-tenants:live Sum 300"]
      invocations = ["Invocations acme-dev-tenants acme-dev-tenants:live Sum 300"]
    }
    error_message = "It must be a share of the invocations of the alias."
  }
}

run "an_api_that_fails_pages" {
  command = apply

  assert {
    condition     = [aws_cloudwatch_metric_alarm.api_server_errors.metric_name, aws_cloudwatch_metric_alarm.api_server_errors.statistic, aws_cloudwatch_metric_alarm.api_server_errors.threshold, aws_cloudwatch_metric_alarm.api_server_errors.period, aws_cloudwatch_metric_alarm.api_server_errors.evaluation_periods] == ["5XXError", "Sum", 10, 300, 3]
    error_message = "More than 10 server errors in each of 3 periods of 5 minutes is the limit."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.api_server_errors.dimensions == tomap({ ApiName = "acme-dev", Stage = "api" }) && aws_cloudwatch_metric_alarm.api_server_errors.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:critical"])
    error_message = "It must be this API, and page."
  }
}

run "an_unusual_latency_warns" {
  command = apply

  assert {
    condition     = [aws_cloudwatch_metric_alarm.api_latency_anomaly.comparison_operator, aws_cloudwatch_metric_alarm.api_latency_anomaly.threshold_metric_id, aws_cloudwatch_metric_alarm.api_latency_anomaly.evaluation_periods] == ["GreaterThanUpperThreshold", "band", 3]
    error_message = "Only what is slower than the band is a fault."
  }

  assert {
    condition     = one([for query in aws_cloudwatch_metric_alarm.api_latency_anomaly.metric_query : query.expression if query.id == "band"]) == "ANOMALY_DETECTION_BAND(latency, 2)"
    error_message = "The band must be learnt from the latency."
  }

  assert {
    condition     = one(flatten([for query in aws_cloudwatch_metric_alarm.api_latency_anomaly.metric_query : [for metric in query.metric : "${metric.metric_name} ${metric.stat} ${metric.period}"] if query.id == "latency"])) == "Latency p99 300"
    error_message = "The latency must be that of the slowest hundredth."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.api_latency_anomaly.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:warning"])
    error_message = "It must warn."
  }
}

run "each_instance_of_the_database_is_watched" {
  command = apply

  assert {
    condition     = alltrue([for role, alarm in aws_cloudwatch_metric_alarm.database_cpu : [alarm.dimensions.DBInstanceIdentifier, alarm.metric_name, alarm.statistic, alarm.threshold, alarm.period, alarm.evaluation_periods] == ["acme-dev-${role}", "CPUUtilization", "Average", 70, 300, 3]])
    error_message = "More than 70 % CPU in 3 periods of 5 minutes is the limit."
  }

  assert {
    condition     = alltrue([for role, alarm in aws_cloudwatch_metric_alarm.database_connections : [alarm.dimensions.DBInstanceIdentifier, alarm.metric_name, alarm.threshold, alarm.period, alarm.evaluation_periods] == ["acme-dev-${role}", "DatabaseConnections", 80, 300, 2]])
    error_message = "More than 80 connections in 2 periods of 5 minutes is the limit."
  }

  assert {
    condition     = alltrue([for role, alarm in aws_cloudwatch_metric_alarm.database_local_storage : [alarm.dimensions.DBInstanceIdentifier, alarm.metric_name, alarm.comparison_operator, alarm.threshold, alarm.period, alarm.evaluation_periods] == ["acme-dev-${role}", "FreeLocalStorage", "LessThanThreshold", 5368709120, 300, 1]])
    error_message = "Less than 5 GB of local disk is the limit."
  }

  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.database_cpu), values(aws_cloudwatch_metric_alarm.database_connections)) : alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:warning"])])
    error_message = "A busy database must warn."
  }

  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.database_local_storage) : alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:info"])])
    error_message = "A full disk must be known."
  }
}

run "slowness_by_the_database_pages" {
  command = apply

  assert {
    condition     = aws_cloudwatch_composite_alarm.slow_by_database.alarm_rule == "ALARM(\"acme-dev-api-latency-anomaly\") AND (ALARM(\"acme-dev-reader-1-cpu\") OR ALARM(\"acme-dev-writer-cpu\") OR ALARM(\"acme-dev-reader-1-connections\") OR ALARM(\"acme-dev-writer-connections\"))"
    error_message = "Two warnings together must be one page."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.slow_by_database.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:critical"])
    error_message = "It must page."
  }
}

run "silence_is_no_fault_and_the_end_of_one_is_told" {
  command = apply

  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.api_server_errors, aws_cloudwatch_metric_alarm.api_latency_anomaly], values(aws_cloudwatch_metric_alarm.function_error_rate), values(aws_cloudwatch_metric_alarm.function_throttles), values(aws_cloudwatch_metric_alarm.function_spillover), values(aws_cloudwatch_metric_alarm.database_cpu), values(aws_cloudwatch_metric_alarm.database_connections), values(aws_cloudwatch_metric_alarm.database_local_storage)) :
      alarm.treat_missing_data == "notBreaching" && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "No data is no fault; who is told of a fault is told of its end."
  }

  assert {
    condition     = length(flatten(values(output.alarm_names))) == 15
    error_message = "Each alarm must be among the outputs."
  }
}

# Saved queries. Functions and access log write JSON: every field of it can be asked for.
# Per tenant by query and not by metric: a dimension with a tenant's id costs $0.30 per tenant and
# metric each month, a query costs what it reads.

locals {
  log_groups = {
    functions = sort(values(var.functions)[*].log_group_name)
    api       = [var.api.access_log_group_name]
  }

  queries = {
    "errors-by-function" = {
      reads = "functions"
      query = <<-QUERY
        fields coalesce(functionName, @log) as function
        | filter level in ["ERROR", "CRITICAL", "FATAL"]
        | stats count(*) as errors by function
        | sort errors desc
      QUERY
    }

    "latest-errors" = {
      reads = "functions"
      query = <<-QUERY
        fields @timestamp, level, message, tenantId, functionName, requestId
        | filter level in ["ERROR", "CRITICAL", "FATAL"]
        | sort @timestamp desc
        | limit 50
      QUERY
    }

    # Everything that came of one request: its own lines, the relay's and the consumers'. A function
    # started by another trace names the one it works for. Put in the id that the request's lines have.
    "one-trace" = {
      reads = "functions"
      query = <<-QUERY
        fields @timestamp, functionName, level, message, tenantId, eventType, eventId
        | filter xray_trace_id = "1-00000000-000000000000000000000000" or originTraceId = "1-00000000-000000000000000000000000"
        | sort @timestamp asc
        | limit 1000
      QUERY
    }

    "latency-by-endpoint" = {
      reads = "functions"
      query = <<-QUERY
        filter message = "Request completed"
        | stats pct(duration, 50) as p50Ms, pct(duration, 90) as p90Ms, pct(duration, 99) as p99Ms, count(*) as requests by httpMethod, path
        | sort p99Ms desc
      QUERY
    }

    "slowest-tenants" = {
      reads = "functions"
      query = <<-QUERY
        filter message = "Request completed" and ispresent(tenantId)
        | stats avg(duration) as avgMs, count(*) as requests by tenantId
        | sort avgMs desc
        | limit 10
      QUERY
    }

    "slow-requests-per-tenant" = {
      reads = "api"
      query = <<-QUERY
        fields @timestamp, tenantId, routeKey, status, responseLatencyMs, integrationLatency, requestId, traceId
        | filter responseLatencyMs > 1000
        | sort responseLatencyMs desc
        | limit 50
      QUERY
    }

    # The four golden signals, per tenant. API Gateway writes a hyphen where a caller had no token.
    "tenant-latency" = {
      reads = "api"
      query = <<-QUERY
        filter tenantId != "-"
        | stats pct(responseLatencyMs, 50) as p50Ms, pct(responseLatencyMs, 90) as p90Ms, pct(responseLatencyMs, 99) as p99Ms by tenantId
        | sort p99Ms desc
      QUERY
    }

    "tenant-traffic" = {
      reads = "api"
      query = <<-QUERY
        filter tenantId != "-"
        | stats count(*) as requests, sum(responseLength) as bytesSent by tenantId, bin(5m)
        | sort requests desc
      QUERY
    }

    "tenant-errors" = {
      reads = "api"
      query = <<-QUERY
        filter tenantId != "-"
        | stats count(*) as requests, sum(status >= 500) as serverErrors, sum(status >= 400 and status < 500) as clientErrors, 100 * sum(status >= 500) / count(*) as serverErrorPercent by tenantId
        | sort serverErrorPercent desc
      QUERY
    }

    # What a tenant takes of what all share: the functions' time; and how often it was turned away.
    "tenant-saturation" = {
      reads = "api"
      query = <<-QUERY
        filter tenantId != "-"
        | stats sum(integrationLatency) / 1000 as functionSeconds, sum(status = 429) as throttled, count(*) as requests by tenantId
        | sort functionSeconds desc
      QUERY
    }
  }
}

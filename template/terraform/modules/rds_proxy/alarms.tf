# What tells that the proxy no longer shares connections, or has too few to share.

resource "aws_cloudwatch_metric_alarm" "pinned" {
  alarm_name          = "${var.name}-rds-proxy-pinned"
  alarm_description   = "For 15 minutes more than ${var.thresholds.pinned_connections} connections of the proxy of ${var.name} have belonged to one client each: a statement changes its session, and the proxy's log (${aws_cloudwatch_log_group.this.name}) says why."
  namespace           = "AWS/RDS"
  metric_name         = "DatabaseConnectionsCurrentlySessionPinned"
  dimensions          = { ProxyName = aws_db_proxy.this.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.pinned_connections
  period              = 60 # each minute the proxy reports how many there are
  evaluation_periods  = 15
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "borrow_latency" {
  alarm_name          = "${var.name}-rds-proxy-borrow-latency"
  alarm_description   = "For 15 minutes requests to ${var.name} have waited more than ${var.thresholds.borrow_latency_ms} ms on average for a connection: the proxy has too few to share."
  namespace           = "AWS/RDS"
  metric_name         = "DatabaseConnectionsBorrowLatency" # in microseconds
  dimensions          = { ProxyName = aws_db_proxy.this.name }
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.borrow_latency_ms * 1000
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

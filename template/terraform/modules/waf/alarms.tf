resource "aws_cloudwatch_metric_alarm" "blocked" {
  alarm_name          = "${var.name}-waf-blocked-requests"
  alarm_description   = "The firewall of ${var.name} blocked more than 100 requests in 5 minutes: an attack, or a rule that is wrong about our callers. ${aws_cloudwatch_log_group.this.name} says which rule."
  namespace           = "AWS/WAFV2"
  metric_name         = "BlockedRequests"
  dimensions          = { WebACL = aws_wafv2_web_acl.this.name, Region = var.region, Rule = "ALL" }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 100
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # WAF reports nothing while nothing is blocked
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

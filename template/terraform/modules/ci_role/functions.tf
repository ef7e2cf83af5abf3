# What an apply changes in the functions, what starts them, and the API.

locals {
  functions = [
    {
      Sid    = "ChangeFunctions"
      Effect = "Allow"
      Action = [
        "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:DeleteAlias",
        "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionEventInvokeConfig",
        "lambda:DeleteLayerVersion", "lambda:DeleteProvisionedConcurrencyConfig", "lambda:PublishLayerVersion",
        "lambda:PublishVersion", "lambda:PutFunctionConcurrency", "lambda:PutFunctionEventInvokeConfig",
        "lambda:PutProvisionedConcurrencyConfig", "lambda:RemovePermission", "lambda:TagResource",
        "lambda:UntagResource", "lambda:UpdateAlias", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionEventInvokeConfig",
      ]
      Resource = local.function_arns
    },
    {
      # A target is named by an id of its own; functions are all that may be scaled.
      Sid    = "KeepFunctionsWarm"
      Effect = "Allow"
      Action = [
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:TagResource", "application-autoscaling:UntagResource",
      ]
      Resource  = local.scaling_arn
      Condition = { StringEquals = { "application-autoscaling:service-namespace" = "lambda" } }
    },
    {
      Sid    = "ChangeBus"
      Effect = "Allow"
      Action = [
        "events:CreateEventBus", "events:DeleteEventBus", "events:DeleteRule", "events:PutRule", "events:PutTargets",
        "events:RemoveTargets", "events:TagResource", "events:UntagResource", "events:UpdateEventBus",
      ]
      Resource = local.bus_arns
    },
    {
      Sid    = "ChangeSampling"
      Effect = "Allow"
      Action = [
        "xray:CreateSamplingRule", "xray:DeleteSamplingRule", "xray:TagResource", "xray:UntagResource",
        "xray:UpdateSamplingRule",
      ]
      Resource = local.sampling_rule_arn
    },
    {
      # AWS takes no resource here: who may write traces is said per account.
      Sid      = "LetTopicsTrace"
      Effect   = "Allow"
      Action   = ["xray:DeleteResourcePolicy", "xray:PutResourcePolicy"]
      Resource = "*"
    },
    {
      # Lambda names a mapping itself, and the request that makes one names none.
      Sid       = "MakeEventSources"
      Effect    = "Allow"
      Action    = ["lambda:CreateEventSourceMapping"]
      Resource  = "*"
      Condition = local.of_functions
    },
    {
      Sid       = "ChangeEventSources"
      Effect    = "Allow"
      Action    = ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
      Resource  = "${local.arn["lambda"]}:event-source-mapping:*"
      Condition = local.of_functions
    },
    {
      Sid      = "TagEventSources"
      Effect   = "Allow"
      Action   = ["lambda:TagResource", "lambda:UntagResource"]
      Resource = "${local.arn["lambda"]}:event-source-mapping:*"
    },
    {
      Sid      = "Migrate"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = var.migrate_function_arn
    },
    {
      Sid    = "ChangeSchedules"
      Effect = "Allow"
      Action = [
        "scheduler:CreateSchedule", "scheduler:CreateScheduleGroup", "scheduler:DeleteSchedule",
        "scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UntagResource", "scheduler:UpdateSchedule",
      ]
      Resource = local.schedule_arns
    },
    {
      Sid    = "ChangeQueues"
      Effect = "Allow"
      Action = [
        "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue",
      ]
      Resource = "${local.arn["sqs"]}:${var.name}-*"
    },
    {
      Sid    = "ChangeTopics"
      Effect = "Allow"
      Action = [
        "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource",
        "sns:UntagResource",
      ]
      Resource = "${local.arn["sns"]}:${var.name}-*"
    },
    {
      # AWS takes no resource here; a subscription belongs to its topic.
      Sid      = "ChangeSubscriptions"
      Effect   = "Allow"
      Action   = ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"]
      Resource = "*"
    },
    {
      Sid      = "ChangeApi"
      Effect   = "Allow"
      Action   = ["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
      Resource = [for path in ["restapis", "restapis/*", "tags/*"] : "${local.rest_apis_arn}/${path}"]
    },
    {
      # The role API Gateway logs with.
      Sid      = "ChangeApiAccount"
      Effect   = "Allow"
      Action   = ["apigateway:PATCH"]
      Resource = "${local.rest_apis_arn}/account"
    },
    {
      Sid      = "PutFirewallBeforeApi"
      Effect   = "Allow"
      Action   = ["apigateway:SetWebACL"]
      Resource = local.stages_arn
    },
    {
      Sid    = "ChangeFirewall"
      Effect = "Allow"
      Action = [
        "wafv2:AssociateWebACL", "wafv2:CreateWebACL", "wafv2:DeleteLoggingConfiguration", "wafv2:DeleteWebACL",
        "wafv2:DisassociateWebACL", "wafv2:PutLoggingConfiguration", "wafv2:TagResource", "wafv2:UntagResource",
        "wafv2:UpdateWebACL",
      ]
      Resource = concat(local.firewall_arns, ["${local.arn["wafv2"]}:regional/managedruleset/*/*"])
    },
  ]
}

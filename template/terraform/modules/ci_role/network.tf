# What an apply changes in the network.

locals {
  # What is made has no name and no tag yet; what it is made in must be the stack's own.
  made_on_its_own = {
    AllocateAddress = "elastic-ip"
    CreateVpc       = "vpc"
  }

  made_in_own_network = {
    AuthorizeSecurityGroupEgress  = "security-group-rule"
    AuthorizeSecurityGroupIngress = "security-group-rule"
    CreateFlowLogs                = "vpc-flow-log"
    CreateInternetGateway         = "internet-gateway"
    CreateNatGateway              = "natgateway"
    CreateRouteTable              = "route-table"
    CreateSecurityGroup           = "security-group"
    CreateSubnet                  = "subnet"
    CreateVpcEndpoint             = "vpc-endpoint"
  }

  network = [
    {
      Sid      = "MakeNetwork"
      Effect   = "Allow"
      Action   = [for action in keys(local.made_on_its_own) : "ec2:${action}"]
      Resource = [for kind in values(local.made_on_its_own) : "${local.arn["ec2"]}:${kind}/*"]
    },
    {
      Sid      = "MakeInOwnNetwork"
      Effect   = "Allow"
      Action   = [for action in keys(local.made_in_own_network) : "ec2:${action}"]
      Resource = [for kind in distinct(values(local.made_in_own_network)) : "${local.arn["ec2"]}:${kind}/*"]
    },
    {
      # While it is made, and never later: a tag is what makes a resource the stack's own.
      Sid      = "TagWhatIsMade"
      Effect   = "Allow"
      Action   = ["ec2:CreateTags"]
      Resource = "${local.arn["ec2"]}:*"
      Condition = {
        StringEquals = merge(local.for_the_stack.StringEquals, {
          "ec2:CreateAction" = concat(keys(local.made_on_its_own), keys(local.made_in_own_network))
        })
      }
    },
    {
      Sid    = "ChangeOwnNetwork"
      Effect = "Allow"
      Action = concat([for action in keys(local.made_in_own_network) : "ec2:${action}"], [
        "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:CreateRoute", "ec2:CreateTags",
        "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRoute",
        "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc",
        "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DisassociateAddress",
        "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute",
        "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute",
        "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
      ])
      Resource  = "${local.arn["ec2"]}:*"
      Condition = local.of_this_stack
    },
    {
      # The stack's addresses are attached to interfaces of AWS's own, which have no tags.
      Sid      = "DetachAddresses"
      Effect   = "Allow"
      Action   = ["ec2:DisassociateAddress"]
      Resource = "${local.arn["ec2"]}:network-interface/*"
    },
    {
      # The private names of interface endpoints.
      Sid      = "NameEndpoints"
      Effect   = "Allow"
      Action   = ["route53:AssociateVPCWithHostedZone"]
      Resource = "arn:${var.account.partition}:route53:::hostedzone/*"
    },
  ]
}

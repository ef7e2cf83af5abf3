# What an apply changes in the network.

locals {
  network = [
    {
      # What is made has no name yet, and what it is made in differs: the account's in this region.
      Sid    = "MakeNetwork"
      Effect = "Allow"
      Action = [
        "ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway",
        "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs",
        "ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable",
        "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
      ]
      Resource = "${local.arn["ec2"]}:*"
    },
    {
      Sid       = "TagWhatIsMade"
      Effect    = "Allow"
      Action    = ["ec2:CreateTags"]
      Resource  = "${local.arn["ec2"]}:*"
      Condition = local.for_the_stack
    },
    {
      Sid    = "ChangeOwnNetwork"
      Effect = "Allow"
      Action = [
        "ec2:CreateTags", "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway",
        "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags",
        "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DisassociateRouteTable",
        "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint",
        "ec2:ReleaseAddress", "ec2:ReplaceRoute", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
      ]
      Resource  = "${local.arn["ec2"]}:*"
      Condition = local.of_this_stack
    },
    {
      # An address is attached to an interface of AWS's own, which has no tags.
      Sid      = "DetachAddresses"
      Effect   = "Allow"
      Action   = ["ec2:DisassociateAddress"]
      Resource = ["${local.arn["ec2"]}:elastic-ip/*", "${local.arn["ec2"]}:network-interface/*"]
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

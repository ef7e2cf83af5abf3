# One VPC per stack: public subnets hold nothing but NAT gateways, private ones the functions and
# the database. Subnets are keyed by zone, so that a zone added later moves none of the others.

locals {
  zones = toset(var.availability_zones)

  # The zone's letter decides its network number. A position in a sorted list would renumber the
  # subnets (and so replace the database's) on the day AWS opens another zone.
  letters        = "abcdefghijklmnopqrstuvwxyz"
  zone_numbers   = { for zone in local.zones : zone => index(split("", local.letters), substr(zone, -1, 1)) }
  subnet_newbits = 24 - tonumber(split("/", var.cidr)[1])
  private_offset = length(local.letters)

  # With a single NAT gateway every private subnet leaves through the first zone.
  nat_zones     = var.nat_gateways == "per_zone" ? local.zones : toset(slice(sort(var.availability_zones), 0, 1))
  nat_zone_used = { for zone in local.zones : zone => var.nat_gateways == "per_zone" ? zone : one(local.nat_zones) }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # the database endpoint resolves inside the VPC

  tags = { Name = var.name }
}

# The group every VPC is born with allows all traffic among its members; without rules it allows
# nothing, so that a resource that forgot to name a group is cut off rather than exposed.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-default" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(var.cidr, local.subnet_newbits, local.zone_numbers[each.key])
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, local.subnet_newbits, local.private_offset + local.zone_numbers[each.key])

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

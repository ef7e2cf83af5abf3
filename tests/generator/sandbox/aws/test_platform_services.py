"""Gaps of the services that a stack only configures."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.generator.sandbox.conftest import Aws


def test_unknown_action_fails_at_once_and_for_good(aws: Aws) -> None:
    with pytest.raises(ClientError) as failure:
        aws("sqs").start_message_move_task(SourceArn="arn:aws:sqs:us-east-1:123456789012:dead")
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_key_reports_its_rotation_period(aws: Aws) -> None:
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)


def test_key_that_does_not_rotate_reports_no_period(aws: Aws) -> None:
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)


def test_security_group_rule_for_a_group_reports_its_description(aws: Aws) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 5432,
        "ToPort": 5432,
        "UserIdGroupPairs": [{"GroupId": group, "Description": "functions"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    listed = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    assert "functions" in [rule.get("Description") for rule in listed["SecurityGroupRules"]]


def test_a_gateway_endpoint_leads_route_tables_it_learns_of_later(aws: Aws) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in "12")
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[one],
    )["VpcEndpoint"]["VpcEndpointId"]

    ec2.modify_vpc_endpoint(VpcEndpointId=made, AddRouteTableIds=[two])
    assert _gateways(ec2, two) == [made]
    ec2.modify_vpc_endpoint(VpcEndpointId=made, RemoveRouteTableIds=[one])
    assert _gateways(ec2, one) == []
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    assert _gateways(ec2, two) == []


def _gateways(ec2, table: str) -> list[str]:
    [found] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return [r["GatewayId"] for r in found["Routes"] if r.get("GatewayId", "").startswith("vpce-")]


def test_deleted_vpc_endpoint_is_gone(aws: Aws) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway"
    )["VpcEndpoint"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    with pytest.raises(ClientError, match=r"InvalidVpcEndpointId\.NotFound"):
        ec2.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])


def test_log_group_reports_its_class(aws: Aws) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_group(logGroupName="usual")
    groups = logs.describe_log_groups()["logGroups"]
    classes = {group["logGroupName"]: group["logGroupClass"] for group in groups}
    assert classes == {"rare": "INFREQUENT_ACCESS", "usual": "STANDARD"}


def test_query_definition_is_kept_until_deleted(aws: Aws) -> None:
    logs = aws("logs")
    made = logs.put_query_definition(name="errors", queryString="fields @message")
    [found] = logs.describe_query_definitions(queryDefinitionNamePrefix="err")["queryDefinitions"]
    assert found["queryString"] == "fields @message"
    logs.delete_query_definition(queryDefinitionId=made["queryDefinitionId"])
    assert logs.describe_query_definitions()["queryDefinitions"] == []


def test_metric_filter_put_again_is_changed(aws: Aws) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="group")
    for pattern in ("ERROR", "FATAL"):
        metric = {"metricName": "errors", "metricNamespace": "acme", "metricValue": "1"}
        named = {"logGroupName": "group", "filterName": "errors"}
        logs.put_metric_filter(**named, filterPattern=pattern, metricTransformations=[metric])
    [found] = logs.describe_metric_filters(logGroupName="group")["metricFilters"]
    assert found["filterPattern"] == "FATAL"


def test_composite_alarm_keeps_rule_and_suppressor(aws: Aws) -> None:
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_composite_alarm(
        AlarmName="any",
        AlarmRule="ALARM(one) OR ALARM(two)",
        ActionsSuppressor="maintenance",
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=120,
    )
    [alarm] = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert alarm["AlarmRule"] == "ALARM(one) OR ALARM(two)"
    assert alarm["ActionsSuppressor"] == "maintenance"


def test_bucket_that_demands_tls_can_be_read_without(aws: Aws) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="state")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::state", "arn:aws:s3:::state/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="state", Policy=json.dumps(policy))
    s3.put_object(Bucket="state", Key="terraform.tfstate", Body=b"{}")
    assert s3.get_object(Bucket="state", Key="terraform.tfstate")["Body"].read() == b"{}"


def test_unconditional_denial_still_holds(aws: Aws) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="closed")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::closed/*",
    }
    s3.put_object(Bucket="closed", Key="secret", Body=b"x")
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="closed", Policy=json.dumps(policy))
    with pytest.raises(ClientError):
        s3.get_object(Bucket="closed", Key="secret")


def test_scalable_target_has_the_tags_it_was_registered_with(aws: Aws) -> None:
    scaling = aws("application-autoscaling")
    warm = {
        "ServiceNamespace": "lambda",
        "ResourceId": "function:f:live",
        "ScalableDimension": "lambda:function:ProvisionedConcurrency",
    }
    arn = scaling.register_scalable_target(
        **warm, MinCapacity=2, MaxCapacity=8, Tags={"Stack": "acme"}
    )["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"Tier": "growth", "Old": "1"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["Old"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {
        "Stack": "acme",
        "Tier": "growth",
    }


def test_xray_keeps_resource_policies(aws: Aws) -> None:
    xray = aws("xray")
    for document in ('{"Statement": []}', '{"Version": "2012-10-17", "Statement": []}'):
        xray.put_resource_policy(PolicyName="topics", PolicyDocument=document)
    [policy] = xray.list_resource_policies()["ResourcePolicies"]
    assert policy["PolicyDocument"].startswith('{"Version"')
    assert policy["PolicyRevisionId"] == "2"
    xray.delete_resource_policy(PolicyName="topics")
    assert xray.list_resource_policies()["ResourcePolicies"] == []


def test_xray_keeps_sampling_rules_groups_and_encryption(aws: Aws) -> None:
    xray = aws("xray")
    rule = {
        "RuleName": "all",
        "ResourceARN": "*",
        "Priority": 10,
        "FixedRate": 0.1,
        "ReservoirSize": 1,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
    }
    xray.create_sampling_rule(SamplingRule=rule)
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "all", "FixedRate": 0.5})
    [record] = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"]["FixedRate"] == 0.5
    xray.delete_sampling_rule(RuleName="all")
    assert xray.get_sampling_rules()["SamplingRuleRecords"] == []

    xray.create_group(GroupName="slow", FilterExpression="responsetime > 5")
    assert xray.get_group(GroupName="slow")["Group"]["FilterExpression"] == "responsetime > 5"
    xray.put_encryption_config(Type="NONE")
    assert xray.get_encryption_config()["EncryptionConfig"]["Status"] == "ACTIVE"


def test_configuration_set_options_can_be_changed_and_read(aws: Aws) -> None:
    ses = aws("sesv2")
    ses.create_configuration_set(ConfigurationSetName="mail")
    ses.put_configuration_set_sending_options(ConfigurationSetName="mail", SendingEnabled=True)
    ses.put_configuration_set_delivery_options(ConfigurationSetName="mail", TlsPolicy="REQUIRE")
    found = ses.get_configuration_set(ConfigurationSetName="mail")
    assert found["SendingOptions"] == {"SendingEnabled": True}
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert "VdmOptions" not in found


def test_tags_of_an_identity_are_found_under_its_arn(aws: Aws) -> None:
    ses = aws("sesv2")
    tag = {"Key": "stack", "Value": "acme"}
    ses.create_email_identity(EmailIdentity="billing@example.com", Tags=[tag])
    arn = aws.arn("ses", "identity/billing@example.com")
    assert ses.list_tags_for_resource(ResourceArn=arn)["Tags"] == [tag]


def test_event_destination_of_a_configuration_set_is_kept(aws: Aws) -> None:
    ses = aws("sesv2")
    ses.create_configuration_set(ConfigurationSetName="mail")
    destination = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"]}
    named = {"ConfigurationSetName": "mail", "EventDestinationName": "metrics"}
    ses.create_configuration_set_event_destination(**named, EventDestination=destination)
    destination["MatchingEventTypes"] = ["BOUNCE", "COMPLAINT"]
    ses.update_configuration_set_event_destination(**named, EventDestination=destination)
    listed = ses.get_configuration_set_event_destinations(ConfigurationSetName="mail")
    assert listed["EventDestinations"] == [{"Name": "metrics", **destination}]
    ses.delete_configuration_set_event_destination(**named)
    listed = ses.get_configuration_set_event_destinations(ConfigurationSetName="mail")
    assert listed["EventDestinations"] == []


def test_identity_reports_its_mail_from_domain(aws: Aws) -> None:
    ses = aws("sesv2")
    ses.create_email_identity(EmailIdentity="example.com")
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="mail.example.com"
    )
    found = ses.get_email_identity(EmailIdentity="example.com")["MailFromAttributes"]
    assert found["MailFromDomain"] == "mail.example.com"
    assert found["BehaviorOnMxFailure"] == "USE_DEFAULT_VALUE"


@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_a_rule_that_is_gone_is_missed_by_its_id(aws: Aws, way: str) -> None:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    ports = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    permission = ports | {"UserIdGroupPairs": [{"GroupId": group}]}
    authorize = getattr(ec2, f"authorize_security_group_{way}")
    made = authorize(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    revoke = getattr(ec2, f"revoke_security_group_{way}")
    revoke(GroupId=group, SecurityGroupRuleIds=[made[0]["SecurityGroupRuleId"]])
    with pytest.raises(ClientError, match=r"InvalidSecurityGroupRuleId\.NotFound"):
        revoke(GroupId=group, SecurityGroupRuleIds=[made[0]["SecurityGroupRuleId"]])

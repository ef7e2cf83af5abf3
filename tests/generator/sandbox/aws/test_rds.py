import json
from typing import Any

import pytest

from tests.generator.sandbox.conftest import Aws


def cluster(rds, **settings):
    return rds.create_db_cluster(
        DBClusterIdentifier="billing",
        Engine="aurora-postgresql",
        MasterUsername="billing_admin",
        ManageMasterUserPassword=True,
        **settings,
    )["DBCluster"]


def test_parameters_that_were_set_say_so(aws: Aws) -> None:
    rds = aws("rds")
    family = "aurora-postgresql15"
    rds.create_db_parameter_group(
        DBParameterGroupName="g", DBParameterGroupFamily=family, Description="g"
    )
    parameter = {
        "ParameterName": "log_min_duration_statement",
        "ParameterValue": "1000",
        "ApplyMethod": "immediate",
    }
    rds.modify_db_parameter_group(DBParameterGroupName="g", Parameters=[parameter])
    [found] = rds.describe_db_parameters(DBParameterGroupName="g")["Parameters"]
    assert found["Source"] == "user"


def test_data_api_is_reported_when_enabled(aws: Aws) -> None:
    rds = aws("rds")
    cluster(rds, EnableHttpEndpoint=True)
    [found] = rds.describe_db_clusters()["DBClusters"]
    assert found["HttpEndpointEnabled"] is True


def test_serverless_v2_cluster_reports_no_v1_scaling(aws: Aws) -> None:
    rds = aws("rds")
    cluster(rds, ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4})
    [found] = rds.describe_db_clusters()["DBClusters"]
    assert "ScalingConfigurationInfo" not in found


def test_instance_reports_performance_insights(aws: Aws) -> None:
    rds = aws("rds")
    cluster(rds)
    rds.create_db_instance(
        DBInstanceIdentifier="one",
        DBClusterIdentifier="billing",
        DBInstanceClass="db.serverless",
        Engine="aurora-postgresql",
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
    )
    [found] = rds.describe_db_instances()["DBInstances"]
    assert found["PerformanceInsightsEnabled"] is True
    assert found["PerformanceInsightsRetentionPeriod"] == 7


def test_the_managed_secret_names_the_master_user_and_has_a_password_of_its_own(aws: Aws) -> None:
    passwords = set()
    for name in ("one", "two"):
        made = aws("rds").create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="billing_admin",
            ManageMasterUserPassword=True,
        )["DBCluster"]
        arn = made["MasterUserSecret"]["SecretArn"]
        found = aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        assert json.loads(found)["username"] == "billing_admin"
        passwords.add(json.loads(found)["password"])
    assert len(passwords) == 2


def test_a_subnet_group_that_was_changed_is_still_there(aws: Aws) -> None:
    subnets = [found["SubnetId"] for found in aws("ec2").describe_subnets()["Subnets"]]
    group = {"DBSubnetGroupName": "g", "DBSubnetGroupDescription": "g"}
    rds = aws("rds")
    rds.create_db_subnet_group(**group, SubnetIds=subnets[:2])
    rds.modify_db_subnet_group(DBSubnetGroupName="g", SubnetIds=subnets[:3])
    [found] = rds.describe_db_subnet_groups(DBSubnetGroupName="g")["DBSubnetGroups"]
    assert len(found["Subnets"]) == 3


@pytest.fixture
def rds(aws: Aws) -> Any:
    """RDS with a proxy."""
    subnets = [found["SubnetId"] for found in aws("ec2").describe_subnets()["Subnets"]]
    rds = aws("rds")
    rds.create_db_proxy(
        DBProxyName="billing",
        EngineFamily="POSTGRESQL",
        Auth=[
            {
                "AuthScheme": "SECRETS",
                "SecretArn": "arn:aws:secretsmanager:one",
                "IAMAuth": "REQUIRED",
            }
        ],
        RoleArn="arn:aws:iam::123456789012:role/proxy",
        VpcSubnetIds=subnets[:2],
        RequireTLS=True,
        IdleClientTimeout=1800,
    )
    return rds


def test_a_proxy_can_be_changed(rds: Any) -> None:
    auth = [
        {"AuthScheme": "SECRETS", "SecretArn": "arn:aws:secretsmanager:two", "IAMAuth": "REQUIRED"}
    ]
    rds.modify_db_proxy(DBProxyName="billing", Auth=auth, IdleClientTimeout=900)
    [found] = rds.describe_db_proxies()["DBProxies"]
    assert (found["Auth"], found["IdleClientTimeout"]) == (auth, 900)
    assert found["RequireTLS"] is True


@pytest.mark.parametrize("what", ["describe_db_proxy_targets", "describe_db_proxy_target_groups"])
def test_a_proxy_that_is_gone_is_missed(rds: Any, what: str) -> None:
    getattr(rds, what)(DBProxyName="billing")
    rds.delete_db_proxy(DBProxyName="billing")
    with pytest.raises(rds.exceptions.DBProxyNotFoundFault):
        getattr(rds, what)(DBProxyName="billing")

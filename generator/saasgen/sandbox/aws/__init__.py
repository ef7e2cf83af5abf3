"""moto's AWS, with the gaps closed that the Terraform provider would trip over.

One module per AWS service; each says what `hashicorp/aws` 5.100 expects of that service and where
moto 5.2.5 falls short. A module goes when a newer moto makes its tests pass without it.
"""

from importlib import import_module

SERVICES = (
    "apigateway",
    "apigateway_stages",
    "autoscaling",
    "backup",
    "cloudwatch",
    "cognito",
    "dispatch",
    "ec2",
    "functions",
    "invocations",
    "kms",
    "logs",
    "mail",
    "provisioned_concurrency",
    "rds",
    "rds_proxy",
    "s3",
    "ses",
    "sns",
    "sqs",
    "token_trigger",
    "trail",
    "xray",
)

# The environment of the process that serves moto. Terraform attaches AWS managed policies by ARN,
# and moto knows them only when told to load them. Nothing in this package sets the variable, for
# loading takes long, and every account in the process would do it.
ENVIRONMENT = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}

_applied: set[str] = set()


def apply_all() -> None:
    """Close every gap, once per process; call it before moto serves its first request.

    moto caches which methods a service has, and its routes, when it first answers.
    """
    for service in SERVICES:
        if service not in _applied:
            import_module(f"{__name__}.{service}").apply()
            _applied.add(service)

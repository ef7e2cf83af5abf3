"""What Terraform makes of sign-in is what the handlers expect of it."""

from handlers.catalog.machine_scopes import MACHINE_SCOPES, RESOURCE_SERVER

from tests.terraform.applied import Resources, of_type


def test_machines_can_ask_for_the_scopes_that_the_handlers_know_and_no_others(
    resources: Resources,
) -> None:
    [server] = of_type(resources, "aws_cognito_resource_server")

    assert server["identifier"] == RESOURCE_SERVER
    assert {scope["scope_name"] for scope in server["scope"]} == set(MACHINE_SCOPES)


def test_terraform_makes_no_client_for_a_machine(resources: Resources) -> None:
    """It would have a secret in the state, and no tenant."""
    clients = of_type(resources, "aws_cognito_user_pool_client")

    assert [client["allowed_oauth_flows"] for client in clients] == [["code"]]

"""Terraform's own root for the state bucket, which keeps its state in that bucket.

Nothing of it is on this machine alone, so nothing can be lost here (docs/adr/0008):

    the bare bucket is made ──▶ init with that bucket ──▶ apply adopts it and sets it up
        │ interrupted               │ interrupted             │ interrupted
        ▼                           ▼                         ▼
    next run: it is there       next run: the same        next run: the state says how far it was
"""

from collections.abc import Callable
from dataclasses import replace

from saasgen.stack import Stack
from saasgen.terraform.events import Event
from saasgen.terraform.state_bucket import StateBucket
from saasgen.terraform.workspace import Target, Workspace

# One per bucket, whichever stacks share it.
_STATE_KEY = "bootstrap/terraform.tfstate"


class Bootstrap(Workspace):
    """The root `terraform/bootstrap` of one stack and target.

    Args:
        stack: the stack.
        target: where it is applied to.
        bucket: the state bucket, which exists.
    """

    def __init__(self, stack: Stack, target: Target, bucket: StateBucket) -> None:
        variables = {"TF_VAR_bucket_name": bucket.name, "TF_VAR_region": bucket.region}
        key = bucket.key_id(target.environment)
        if key is not None:
            variables["TF_VAR_existing_key_id"] = key
        data = target.environment.get("TF_DATA_DIR")
        if data is not None:
            variables["TF_DATA_DIR"] = f"{data}-bootstrap"
        own = replace(target, environment={**target.environment, **variables})
        super().__init__(stack, own, folder="bootstrap")
        self._bucket = bucket

    def backend_config(self) -> list[str]:
        """The bucket itself; without the key, which the first run has yet to make."""
        return [
            f"bucket={self._bucket.name}",
            f"key={_STATE_KEY}",
            f"region={self._bucket.region}",
            "use_lockfile=true",
        ]

    def bring_up_to_date(self, on_event: Callable[[Event], None]) -> None:
        """Adopt the bucket and make it as the root says.

        Raises:
            OutsideFailure: something could not be changed; the next run goes on from there.
        """
        self.apply_files(
            [
                "../stack.auto.tfvars.json",
                f"../environments/{self.stack.environment.name}.tfvars.json",
            ],
            on_event,
        )

"""The bucket that a stack's Terraform state lives in, as `terraform/backend.hcl` names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saasgen.errors import OutsideFailure, UserError
from saasgen.stack import Stack

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

# The region without a name in S3's own API.
_FIRST_REGION = "us-east-1"


@dataclass(frozen=True)
class StateBucket:
    """A state bucket, there or not.

    Attributes:
        name: its name, the same in all of AWS.
        region: where it is.
    """

    name: str
    region: str

    @classmethod
    def of(cls, stack: Stack) -> "StateBucket":
        """The bucket a stack names.

        Raises:
            UserError: it names none.
        """
        path = stack.terraform_dir / "backend.hcl"
        found = dict(
            re.findall(r'^\s*(\w+)\s*=\s*"([^"]+)"', path.read_text("utf-8"), re.MULTILINE)
        )
        if "bucket" not in found:
            raise UserError(f"{path} names no bucket.")
        return cls(found["bucket"], found.get("region", stack.region))

    @property
    def key_alias(self) -> str:
        """The alias of the key the bucket encrypts with."""
        return f"alias/{self.name}"

    def ensure(self, environment: Mapping[str, str]) -> bool:
        """Make the bucket unless this account has it already; tell whether it was made.

        Args:
            environment: what reaches the account, as a `Target` has it.

        Raises:
            UserError: the name is another account's, or the bucket is in another region.
        """
        from botocore.exceptions import ClientError

        s3 = self._client("s3", environment)
        owner = self._client("sts", environment).get_caller_identity()["Account"]
        try:
            found = s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=owner)
        except ClientError as error:
            if _status(error) != 404:
                raise self._problem(error) from error
        else:
            self._require_region(found.get("BucketRegion", self.region))
            return False
        place = {"LocationConstraint": self.region} if self.region != _FIRST_REGION else None
        try:
            s3.create_bucket(
                Bucket=self.name, **({"CreateBucketConfiguration": place} if place else {})
            )
        except ClientError as error:
            raise self._problem(error) from error
        s3.get_waiter("bucket_exists").wait(Bucket=self.name)
        return True

    def key_id(self, environment: Mapping[str, str]) -> str | None:
        """The id of the key that the bucket's alias names; None when there is none yet."""
        kms = self._client("kms", environment)
        try:
            return str(kms.describe_key(KeyId=self.key_alias)["KeyMetadata"]["KeyId"])
        except kms.exceptions.NotFoundException:
            return None

    def _require_region(self, found: str) -> None:
        if found != self.region:
            raise UserError(
                f"The state bucket {self.name} is in {found}, and terraform/backend.hcl says "
                f"{self.region}: name the bucket's own region there."
            )

    def _client(self, service: str, environment: Mapping[str, str]) -> Any:
        import boto3

        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=self.region,
            endpoint_url=environment.get("AWS_ENDPOINT_URL"),
            aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
        )

    def _problem(self, error: "ClientError") -> UserError | OutsideFailure:
        named = f"The state bucket {self.name} (terraform/backend.hcl)"
        if _status(error) == 403 or "BucketAlreadyExists" in str(error):
            return UserError(
                f"{named} belongs to another account, or these credentials may not use it: names "
                "of buckets are the same in all of AWS. Use other credentials, or choose another "
                "name there, for bucket and kms_key_id alike."
            )
        return OutsideFailure(f"{named} cannot be reached: {error}")


def _status(error: "ClientError") -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])

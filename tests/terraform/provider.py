"""The AWS provider, started once for many Terraform commands.

`terraform test` starts the provider anew for each run, which takes longer than most runs do. A
provider in debug mode goes on instead, and Terraform attaches to it: eight runs of a module took
5.7 seconds of a processor, and take 1.3. Only runs against a mocked provider may share one, for a
provider has a single configuration.
"""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ATTACH = re.compile(r"TF_REATTACH_PROVIDERS='(.*)'")


@contextmanager
def kept_provider(binary: Path) -> Iterator[dict[str, str]]:
    """Run a provider for the length of a block; gives the environment that attaches Terraform.

    Raises:
        AssertionError: it did not say how to attach.
    """
    with subprocess.Popen(
        [binary, "-debug"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as provider:
        try:
            yield {"TF_REATTACH_PROVIDERS": _attachment(provider)}
        finally:
            provider.send_signal(signal.SIGINT)


def _attachment(provider: "subprocess.Popen[str]") -> str:
    for line in provider.stdout or ():
        found = _ATTACH.search(line)
        if found:
            return found[1]
    raise AssertionError(f"the provider ended with {provider.wait()} and did not say how to attach")

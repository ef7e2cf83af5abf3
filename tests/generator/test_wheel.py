"""The wheel is all one needs: `new` works from it, offline, and renders what the checkout does."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from saasgen.artifacts.uv import find_uv
from tests.support import REPOSITORY

APACHE_2_0_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""The digest of https://www.apache.org/licenses/LICENSE-2.0.txt."""

RENDER = """
import sys
from pathlib import Path
from saasgen import template
answers = {"stack_name": "acme", "ci": "github", "ci_repository": "acme/billing"}
template.render(template.source(None, None), Path(sys.argv[1]), answers, interactive=False)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [find_uv(), "build", "--wheel", "--quiet", "--out-dir", out, REPOSITORY]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        wheel.extractall(out / "site")
    return out / "site"


def test_it_carries_the_template_and_nothing_that_was_left_over(unpacked: Path):
    bundled = unpacked / "saasgen/bundled"

    assert (bundled / "copier.yml").is_file()
    assert (bundled / "template/terraform/main.tf").is_file()
    assert not list(bundled.rglob("__pycache__"))
    assert not list(bundled.rglob(".terraform"))


def test_it_carries_the_licences_of_the_tool_and_of_what_it_stamps(unpacked: Path):
    [metadata] = unpacked.glob("saasgen-*.dist-info")

    for licence in ("LICENSE", "template/LICENSE"):
        text = (REPOSITORY / licence).read_bytes()
        assert (metadata / "licenses" / licence).read_bytes() == text
    stamped = unpacked / "saasgen/bundled/template/LICENSE"
    assert stamped.read_bytes() == (REPOSITORY / "template/LICENSE").read_bytes()
    assert "License-Expression: Apache-2.0 AND MIT-0" in (metadata / "METADATA").read_text("utf-8")


def test_a_stack_rendered_from_it_is_the_checkouts_to_the_byte(unpacked: Path, tmp_path: Path):
    for name, path in (("wheel", unpacked), ("checkout", REPOSITORY / "generator")):
        subprocess.run(
            [sys.executable, "-c", RENDER, str(tmp_path / name / "acme")],
            env={**os.environ, "PYTHONPATH": str(path)},
            cwd=tmp_path,
            check=True,
        )

    assert _content(tmp_path / "wheel/acme") == _content(tmp_path / "checkout/acme")


def test_the_licence_of_the_tool_is_the_text_that_apache_publishes():
    """A licence with words of its own is another licence."""
    text = (REPOSITORY / "LICENSE").read_bytes()

    assert hashlib.sha256(text).hexdigest() == APACHE_2_0_SHA256


def _content(folder: Path) -> dict[str, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}

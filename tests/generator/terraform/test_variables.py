"""What a root's variables are declared as, read from its HCL."""

from pathlib import Path

import pytest

from saasgen.terraform.variables import Collection, Object, declared_in
from tests.support import REPOSITORY

ROOT = REPOSITORY / "template/terraform"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("type = string", None),
        ("default = 1", None),
        ("type = any", None),
        ("type = list(string)", Collection(None)),
        ("type = object({ a = string, b = bool })", Object({"a": None, "b": None})),
        (
            "type = object({\n  a = string # a comment }\n  b = bool\n})",
            Object({"a": None, "b": None}),
        ),
        (
            'type = object({ a = optional(object({ b = number }), { b = 1 }), "c" : string })',
            Object({"a": Object({"b": None}), "c": None}),
        ),
        ("type = map(object({ a = set(string) }))", Collection(Object({"a": Collection(None)}))),
        ("type = tuple([string, object({ a = string })])", None),
        (
            (
                'description = "type = object({ ${join(", ", ["}"])} })"\n'
                "  type = object({ a = string })"
            ),
            Object({"a": None}),
        ),
        (
            (
                "type = object({ a = string })\n  validation {\n"
                '    condition = can(regex("^[^{}\\"]+$", var.x.type))\n'
                '    error_message = "${var.x}"\n  }'
            ),
            Object({"a": None}),
        ),
        (
            (
                "default = <<-EOT\n    type = object({ no = string })\n  EOT\n"
                "  type = object({ a = string })"
            ),
            Object({"a": None}),
        ),
    ],
)
def test_a_type_is_read(tmp_path: Path, body: str, expected: object):
    text = f'# variable "no" {{}}\nvariable "x" {{\n  {body}\n}}\nvariable "y" {{ type = bool }}\n'
    (tmp_path / "variables.tf").write_text(text)

    assert declared_in(tmp_path) == Object({"x": expected, "y": None})  # type: ignore[dict-item]


def test_the_variables_of_a_stack_are_read():
    declared = declared_in(ROOT).attributes
    text = (ROOT / "variables.tf").read_text("utf-8")

    assert len(declared) == text.count('\nvariable "')
    tier = declared["tier"]
    assert isinstance(tier, Object)
    assert tier.attributes["aurora"] == Object({"min_acu": None, "max_acu": None, "readers": None})
    firewall = declared["firewall"]
    assert isinstance(firewall, Object)
    assert firewall.attributes["excluded_rules"] == Collection(Collection(None))


@pytest.mark.parametrize("folder", sorted((ROOT / "modules").iterdir()), ids=lambda f: f.name)
def test_every_module_can_be_read(folder: Path):
    text = (folder / "variables.tf").read_text("utf-8")

    assert len(declared_in(folder).attributes) == text.count('variable "')

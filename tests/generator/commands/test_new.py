"""`saasgen new` and plain Copier: what they render, refuse and remember."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from saasgen import cli, template
from saasgen.revision import described
from tests.support import REPOSITORY, run_git

COPIER = [str(Path(sys.executable).with_name("copier"))]


@pytest.fixture
def new(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["new", *arguments])
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return run


def test_renders_a_stack_with_the_layout_a_platform_team_expects(new, tmp_path: Path):
    code, _, _ = new(str(tmp_path / "acme"), "--defaults")

    assert code == 0
    stack = tmp_path / "acme"
    for name in (
        "README.md",
        ".copier-answers.yml",
        "pyproject.toml",
        "terraform/main.tf",
        "terraform/stack.auto.tfvars.json",
        "terraform/backend.hcl",
        "terraform/bootstrap/main.tf",
        "terraform/tiers/enterprise.tfvars.json",
        "terraform/environments/prod.tfvars.json",
        "handlers/app.py",
        "migrations/schema.sql",
        "tests/conftest.py",
    ):
        assert (stack / name).is_file(), name
    leftovers = [p for p in stack.rglob("*") if p.suffix == ".jinja" or p.name == "__pycache__"]
    assert leftovers == []


def test_remembers_an_address_and_a_version_but_no_path_of_this_machine(new, tmp_path: Path):
    new(str(tmp_path / "acme"), "--defaults")

    answers = yaml.safe_load((tmp_path / "acme/.copier-answers.yml").read_text())
    assert answers["_commit"] == described(REPOSITORY)
    assert answers["_src_path"].startswith("https://")
    assert str(tmp_path) not in (tmp_path / "acme/.copier-answers.yml").read_text()


def test_the_same_answers_give_the_same_bytes(new, tmp_path: Path):
    for folder in ("one", "two"):
        new(str(tmp_path / folder / "acme"), "--defaults")

    assert _content(tmp_path / "one/acme") == _content(tmp_path / "two/acme")


def test_makes_the_stack_a_git_repository_with_everything_committed(new, tmp_path: Path):
    new(str(tmp_path / "acme"), "--defaults")

    assert run_git(tmp_path / "acme", "status", "--porcelain") == ""
    assert run_git(tmp_path / "acme", "rev-list", "--count", "HEAD") == "1"


def test_takes_answers_from_a_file_and_lets_options_win(new, tmp_path: Path):
    answers = tmp_path / "answers.yml"
    answers.write_text("region: eu-central-1\ncurrency: EUR\n")

    code, out, _ = new(
        *(str(tmp_path / "acme"), "--answers", str(answers)),
        *("--data", "currency=GBP", "--defaults", "--json"),
    )

    assert code == 0
    assert json.loads(out)["answers"]["region"] == "eu-central-1"
    assert json.loads(out)["answers"]["currency"] == "GBP"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("regoin=us-east-1", "did you mean 'region'"),
        ("stack_name=Acme", "stack_name must be"),
        ("stack_name=a--b", "stack_name must be"),
        ("region=moon-1", "region must be"),
        ("environment=production", "environment"),
        ("deployment_tier=huge", "deployment_tier"),
        ("domain=no_domain", "domain must be"),
        ("sender_email=x@elsewhere.example", "sender_email must be an address at"),
        ("admin_email=nobody", "admin_email must be"),
        ("currency=ZZZ", "currency"),
        ("tenancy=dedicated", "tenant_name"),
    ],
)
def test_a_wrong_answer_is_refused_in_one_sentence_and_leaves_nothing(
    new, tmp_path: Path, answer: str, words: str
):
    code, _, err = new(str(tmp_path / "acme"), "--defaults", "--data", answer)

    assert code == 1
    assert words in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_dedicated_stack_names_its_tenant(new, tmp_path: Path):
    code, out, _ = new(
        *(str(tmp_path / "acme"), "--defaults", "--json"),
        *("--data", "tenancy=dedicated", "--data", "tenant_name=Northwind"),
    )

    assert code == 0
    assert json.loads(out)["answers"]["tenant_name"] == "Northwind"
    values = json.loads((tmp_path / "acme/terraform/stack.auto.tfvars.json").read_text())
    assert values["stack"]["tenant_name"] == "Northwind"


def test_text_that_would_break_json_yaml_or_toml_survives(new, tmp_path: Path):
    name = 'Say "Hi" \\ & <Söhne> ${x} #1'

    code, _, err = new(str(tmp_path / "acme"), "--defaults", "--data", f"company={name}")

    assert code == 0, err
    values = json.loads((tmp_path / "acme/terraform/stack.auto.tfvars.json").read_text())
    assert values["stack"]["company"] == name
    import tomllib

    project = tomllib.loads((tmp_path / "acme/pyproject.toml").read_text())
    assert name in project["project"]["description"]


def test_refuses_a_folder_that_is_not_empty_and_does_not_touch_it(new, tmp_path: Path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/mine.txt").write_text("mine")

    code, _, err = new(str(tmp_path / "acme"), "--defaults")

    assert code == 1
    assert "is not empty" in err
    assert [p.name for p in (tmp_path / "acme").iterdir()] == ["mine.txt"]


def test_an_answers_file_that_is_not_yaml_is_named(new, tmp_path: Path):
    broken = tmp_path / "answers.yml"
    broken.write_text("a: [1")

    code, _, err = new(str(tmp_path / "acme"), "--defaults", "--answers", str(broken))

    assert code == 1
    assert "answers.yml" in err


def test_plain_copier_copies_updates_and_keeps_the_users_edit(tmp_path: Path):
    """`copier copy` and `copier update` by themselves, from one version to the next."""
    source = _published_template(tmp_path / "template")
    stack = tmp_path / "acme"
    _copier("copy", "--quiet", "--defaults", "-d", "stack_name=acme", str(source), str(stack))
    run_git(stack, "init", "-q", "-b", "main")
    readme = stack / "README.md"
    readme.write_text(readme.read_text() + "\nOn call: the billing team.\n")
    _commit(stack, "Say who is on call")

    added = source / "template/handlers/catalog/added_in_v2.py"
    added.write_text('"""Arrived with version 2."""\n')
    _commit(source, "Version 2")
    run_git(source, "tag", "v2.0.0")
    _copier("update", "--quiet", "--defaults", cwd=stack)

    assert "On call: the billing team." in readme.read_text()
    assert (stack / "handlers/catalog/added_in_v2.py").is_file()
    assert yaml.safe_load((stack / ".copier-answers.yml").read_text())["_commit"] == "v2.0.0"


def test_new_renders_what_plain_copier_renders(new, tmp_path: Path):
    source = _published_template(tmp_path / "template")
    _copier(
        *("copy", "--quiet", "--defaults", "-d", "stack_name=acme"),
        *(str(source), str(tmp_path / "plain")),
    )
    new(str(tmp_path / "acme"), "--defaults", "--template", str(source))

    ours, plain = _content(tmp_path / "acme"), _content(tmp_path / "plain")
    del ours[".copier-answers.yml"], plain[".copier-answers.yml"]
    assert ours == plain


def test_check_update_says_whether_there_is_a_newer_version(tmp_path: Path):
    source = _published_template(tmp_path / "template")
    stack = tmp_path / "acme"
    _copier("copy", "--quiet", "--defaults", "-d", "stack_name=acme", str(source), str(stack))
    run_git(stack, "init", "-q", "-b", "main")
    _commit(stack, "Stamp")

    before = subprocess.run([*COPIER, "check-update", "-q"], cwd=stack, capture_output=True)
    (source / "template/NEW").write_text("new\n")
    _commit(source, "Version 2")
    run_git(source, "tag", "v2.0.0")
    after = subprocess.run([*COPIER, "check-update", "-q"], cwd=stack, capture_output=True)

    assert before.returncode == 0
    assert after.returncode == 2


def test_the_template_asks_for_no_secret_and_runs_no_task():
    config = yaml.safe_load((REPOSITORY / "copier.yml").read_text())

    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(config)
    assert all("secret" not in spec for spec in template.questions().values())
    assert all({"type", "help"} <= set(spec) for spec in template.questions().values())


def _published_template(folder: Path) -> Path:
    """This template as a git repository of its own with the tag v1.0.0."""
    folder.mkdir()
    listed = run_git(REPOSITORY, "ls-files", "-co", "--exclude-standard", "copier.yml", "template")
    for name in listed.splitlines():
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    run_git(folder, "init", "-q", "-b", "main")
    _commit(folder, "Version 1")
    run_git(folder, "tag", "v1.0.0")
    return folder


def _commit(folder: Path, message: str) -> None:
    run_git(folder, "add", "-A", "-f")
    run_git(folder, "commit", "-q", "-m", message)


def _copier(*arguments: str, cwd: Path | None = None) -> None:
    subprocess.run([*COPIER, *arguments], cwd=cwd, check=True, capture_output=True, text=True)


def _content(folder: Path) -> dict[str, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}

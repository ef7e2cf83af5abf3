"""The documents tell the truth: commands exist, links lead somewhere, the reference is current."""

import re
import subprocess
from pathlib import Path

import pytest

from saasgen import cli
from tests.support import REPOSITORY
from tools.documentation import REFERENCE, reference

DOCUMENTS = sorted(
    [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *REPOSITORY.glob("docs/**/*.md")]
)
TEMPLATE = REPOSITORY / "template"
TEMPLATE_README = TEMPLATE / "README.md.jinja"
COVERAGE = REPOSITORY / "docs/coverage.md"


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _commands(text: str) -> set[tuple[str, ...]]:
    """Each `saasgen WORD [WORD]` of the code blocks and code spans."""
    blocks = re.findall(r"```.*?```", text, re.DOTALL) + re.findall(r"`[^`\n]+`", text)
    found = re.findall(r"\bsaasgen ((?:sandbox )?[a-z]+(?:-[a-z]+)*)\b", "\n".join(blocks))
    return {tuple(words.split()) for words in found}


def test_the_reference_of_the_commands_is_current():
    assert REFERENCE.read_text("utf-8") == reference(), "run `make docs`"


@pytest.mark.parametrize("document", [*DOCUMENTS, TEMPLATE_README], ids=_name)
def test_every_command_a_document_names_exists(document: Path, capsys):
    for words in _commands(document.read_text("utf-8")):
        assert cli.run([*words, "--help"]) == 0, f"{_name(document)}: saasgen {' '.join(words)}"
        capsys.readouterr()


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_make_target_a_document_names_exists(document: Path):
    for target in re.findall(r"`?\bmake ([a-z-]+)`?", "\n".join(_code(document))):
        known = subprocess.run(
            ["make", "-n", target], cwd=REPOSITORY, capture_output=True, text=True
        )
        assert known.returncode == 0, f"{_name(document)}: make {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_leads_to_a_file(document: Path):
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        assert (document.parent / link).exists(), f"{_name(document)}: {link}"


def test_every_file_the_coverage_names_exists():
    names = re.findall(r"`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+)`", COVERAGE.read_text("utf-8"))
    files = [name for name in names if not name[0].isdigit()]

    assert len(files) > 100
    missing = [f for f in files if not any((r / f).exists() for r in (REPOSITORY, TEMPLATE))]
    assert missing == []


def test_every_file_that_a_recipe_names_exists():
    """Of a name that is yours to choose, the folder exists."""
    recipes = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").partition("## Add a part")[2]
    spans = re.findall(r"`([^`\s]*[/.][^`\s]*)`", recipes)
    names = {re.split("<|NNNN", span)[0] for span in spans} - {"", "terraform.tfvars"}

    assert len(names) > 20
    assert sorted(name for name in names if not (REPOSITORY / name).exists()) == []


def _code(document: Path) -> list[str]:
    text = document.read_text("utf-8")
    return re.findall(r"```.*?```", text, re.DOTALL) + re.findall(r"`[^`\n]+`", text)


MAP = REPOSITORY / "docs/architecture/map.md"


def _rows(section: str) -> dict[str, list[str]]:
    """Each room of a section's table, such as `billing`, with the tables it owns."""
    text = MAP.read_text("utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    found: dict[str, list[str]] = {}
    for names, _, tables in lines:
        rooms = [name.rstrip("/") for name in re.findall(r"`([\w/]+)`", names)]
        found |= {room: [] for room in rooms}
        found[rooms[0]] += re.findall(r"`([\w.]+)`", tables)
    return found


@pytest.mark.parametrize("layer", ["domain", "platform"])
def test_the_map_shows_every_room(layer: str):
    modules = {path.stem for path in (TEMPLATE / "handlers" / layer).iterdir()}
    assert set(_rows(layer.capitalize())) == {name for name in modules if name[0] != "_"}


def test_the_map_says_of_every_table_which_room_owns_it():
    schema = (TEMPLATE / "migrations/schema.sql").read_text("utf-8")
    known = re.findall(r"CREATE TABLE (?:public\.)?([\w.]+) ", schema)
    rooms = [*_rows("Domain").values(), *_rows("Platform").values()]
    assert sorted(name for tables in rooms for name in tables) == sorted(known)


GLOSSARY = (REPOSITORY / "docs/glossary.md").read_text("utf-8")


def _glossary(column: int) -> list[str]:
    """What is named in a column of the glossary."""
    rows = [line.split("|") for line in GLOSSARY.splitlines() if line.startswith("| ")][1:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row[column])]


@pytest.mark.parametrize("name", _glossary(3))
def test_the_glossary_names_code_that_exists(name: str):
    folders = (REPOSITORY, TEMPLATE / "handlers")
    assert any((folder / name).exists() for folder in folders)


@pytest.mark.parametrize("name", _glossary(4))
def test_the_glossary_names_tables_and_columns_that_exist(name: str):
    table, _, column = name.partition(".")
    schema = (TEMPLATE / "migrations/schema.sql").read_text("utf-8")
    declared = re.search(rf"CREATE TABLE public\.{table} \((.*?)\n\)", schema, re.DOTALL)
    assert declared
    assert column in declared[1]


@pytest.mark.parametrize("path", _glossary(5))
def test_the_glossary_names_routes_that_exist(path: str):
    modules = (TEMPLATE / "handlers/api").rglob("*.py")
    assert any(f'"{path}' in module.read_text("utf-8") for module in modules)


def test_the_pages_of_an_application_are_those_that_mails_and_cognito_link_to():
    handlers, page = TEMPLATE / "handlers", re.compile(r'"(?:{[\w()]+})?(/[^"\s]*)"')
    linking = (
        handlers / "domain/notifications/administrators/texts.py",
        handlers / "services/notifications/administrator_mails.py",
        handlers / "consumers/send_notification.py",
    )
    found = {path for module in linking for path in page.findall(module.read_text("utf-8"))}
    linked = {re.sub(r"{(?:event\.)?data\['(\w+)'\]}", r"<\1>", path) for path in found}
    linked = {path.replace("{_token(event)}", "<token>") for path in linked}

    table = (REPOSITORY / "docs/api/app-pages.md").read_text("utf-8")
    shown = re.findall(r"^\| `(/[^`]*)` \|", table, re.MULTILINE)
    assert linked | {"/callback"} == set(shown)

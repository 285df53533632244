"""What the documents say is true: settings, commands, links and pins."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from typer import Typer

from app.cli import app as galley
from app.core.config import Settings

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "nginx/README.md")),
    ROOT / "docs" / "security.md",
    ROOT / "docs" / "performance.md",
    *DECISIONS,
]
IN_README = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)` |[^|`]*)\|", re.MULTILINE)
IN_EXAMPLE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)

SECTIONS = ["Context", "Decision", "Alternatives", "Consequences"]

Defaults = dict[str, set[str]]


def _as_text(default: object) -> str:
    """Return a default as somebody would write it into .env."""
    if default is PydanticUndefined or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def _settings() -> Defaults:
    fields = {name.upper(): field for name, field in Settings.model_fields.items()}
    files = [f"{name}_FILE" for name, field in fields.items() if field.annotation is SecretStr]
    plain = {name: {_as_text(field.default)} for name, field in fields.items()}
    return plain | {name: {""} for name in files}


def _of_compose() -> Defaults:
    """Return what docker-compose.yml takes from .env with a default of its own."""
    found: Defaults = defaultdict(set)
    for name, default in re.findall(r"(?<!\$)\$\{([A-Z_]+)(?::?-([^}]*))?\}", COMPOSE):
        found[name].add(default)
    return dict(found)


def _passed_on() -> set[str]:
    """Return what docker-compose.yml passes on from .env as it is: the keys without a value."""
    services: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    environments = [service.get("environment", {}) for service in services.values()]
    return {name for each in environments for name, value in each.items() if value is None}


def _truth() -> Defaults:
    """Return every variable with its possible defaults; a stack's default wins over the code's."""
    return {name: {""} for name in _passed_on()} | _settings() | _of_compose()


def _code(text: str) -> str:
    """Return what stands in a page as code: its blocks, and what is between backticks."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *spans])


def _targets_named(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z][a-z0-9-]*)", _code(text)))


def _anchors(page: Path) -> set[str]:
    """Return the anchors that forges make of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(page: Path) -> Iterator[tuple[str, str]]:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


@pytest.mark.parametrize(
    "documented",
    [IN_README.findall(README), IN_EXAMPLE.findall(EXAMPLE)],
    ids=["README", "example"],
)
def test_every_setting_is_documented_with_its_default(documented: list[tuple[str, str]]) -> None:
    truth = _truth()
    assert sorted(name for name, _ in documented) == sorted(truth)
    wrong = {name: default for name, default in documented if default not in truth[name]}
    assert not wrong


def test_the_example_sets_nothing_and_explains_everything() -> None:
    lines = EXAMPLE.splitlines()
    assert all(line.startswith("#") for line in lines if line)
    before = [lines[at - 1] for at, line in enumerate(lines) if re.match(r"#[A-Z_]+=", line)]
    assert all(line.startswith("# ") for line in before)


def test_the_readme_names_every_target_of_make_and_no_other() -> None:
    documented = set(re.findall(r"^([a-z0-9-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert _targets_named(README) == documented


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
    assert _targets_named(page.read_text("utf-8")) <= targets


def _commands(group: Typer) -> Iterator[str]:
    for command in group.registered_commands:
        yield command.name or getattr(command.callback, "__name__", "").replace("_", "-")
    for below in group.registered_groups:
        inside = _commands(below.typer_instance) if below.typer_instance else ()
        yield from (f"{below.name} {name}" for name in inside)


def test_the_readme_names_every_command_of_galley_and_no_other() -> None:
    rows = re.findall(r"^\| `galley ([a-z][a-z-]*(?: [a-z][a-z-]*)*)", README, re.MULTILINE)
    assert sorted(rows) == sorted(_commands(galley))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in _links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{path} is not there"
        assert not anchor or anchor in _anchors(target), f"{path} has no heading #{anchor}"


@pytest.mark.parametrize(("number", "page"), list(enumerate(DECISIONS, start=1)), ids=str)
def test_a_decision_has_its_number_and_its_sections(number: int, page: Path) -> None:
    text = page.read_text("utf-8")
    assert page.name.startswith(f"{number:04}-")
    assert text.startswith(f"# {number:04} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_the_tour_can_be_pasted_into_an_interactive_shell() -> None:
    """An interactive zsh takes # for a command, and both take ! for their history."""
    _, tour, _ = re.split(r"<!-- (?:tour|end of tour) -->", README)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", tour, re.DOTALL | re.MULTILINE)
    assert {language for language, _ in blocks} == {"sh"}
    assert not re.search(r"^\s*#|!", "".join(commands for _, commands in blocks), re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_name_no_host(name: str) -> None:
    """See docs/decisions/0006: where packages come from is each machine's own affair."""
    pins = (ROOT / "backend" / name).read_text("utf-8")
    assert "://" not in pins
    assert not re.search(r"^-", pins, re.MULTILINE)

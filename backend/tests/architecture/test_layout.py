"""Where things stand: HOUSE.md, sections 2, 3 and 6."""

import ast
from pathlib import Path
from statistics import median

import grimp

from tests.architecture.source import APP, TESTS, length, modules

EIGHT_FILES = {
    "router.py", "tasks.py", "dependencies.py", "service.py", "repository.py", "rules.py",
    "schemas.py", "errors.py",
}  # fmt: skip
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 10


def _features() -> list[Path]:
    return sorted(path for path in (APP / "features").iterdir() if (path / "__init__.py").exists())


def test_a_feature_has_only_the_eight_files_and_its_adapters() -> None:
    strangers = [
        str(path.relative_to(APP))
        for feature in _features()
        for path in feature.rglob("*.py")
        if path.name not in {*EIGHT_FILES, "__init__.py"} and path.parent != feature / "adapters"
    ]
    assert strangers == [], "put what is in these into one of the eight files, or adapters/"


def test_nothing_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    found = [module.name for module in modules() if module.path.stem in vague]
    assert found == [], "name these files after what they do"


def test_a_repository_is_imported_only_inside_its_feature() -> None:
    trespassers = [
        f"{module.name} imports {name}"
        for module in modules()
        for name in module.imports()
        if name.startswith("app.features.") and name.split(".")[3:4] == ["repository"]
        if not module.path.is_relative_to(APP / "features" / name.split(".")[2])
    ]
    assert trespassers == [], "call the feature's service instead"


def test_every_import_stands_at_the_top() -> None:
    hidden = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == [], "move these imports to the top; if that makes a circle, move the code"


def test_there_are_no_import_circles() -> None:
    graph = grimp.build_graph("app", cache_dir=None)
    circles = [
        f"{module} ⇄ {other}"
        for module in graph.modules
        for other in graph.find_modules_directly_imported_by(module)
        if graph.chain_exists(importer=other, imported=module)
    ]
    assert circles == [], "let what both need stand on a lower floor"


def test_files_and_functions_are_short() -> None:
    long_files = [m.name for m in modules() if len(m.text.splitlines()) > LONGEST_FILE]
    assert long_files == [], f"over {LONGEST_FILE} lines: this is two things"
    long_functions = [
        f"{module.name}:{function.lineno} {function.name}"
        for module in modules()
        for function in module.functions()
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert long_functions == [], f"over {LONGEST_FUNCTION} lines: give its steps names"
    lengths = [length(function) for module in modules() for function in module.functions()]
    assert median(lengths) <= MEDIAN_FUNCTION, "functions grow: split the longest"


def test_tests_keep_within_the_same_file_length() -> None:
    long_files = [m.name for m in modules(TESTS) if len(m.text.splitlines()) > LONGEST_FILE]
    assert long_files == [], f"over {LONGEST_FILE} lines: split by what is specified"

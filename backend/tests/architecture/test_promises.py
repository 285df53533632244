"""What the code promises of transactions, time, relationships and errors (HOUSE.md, section 4)."""

import re
from inspect import getmembers, isclass

from app.core import errors
from app.models import Base
from tests.architecture.source import APP, TESTS, Module, modules

# Each command of the door for operators is a transaction, or several.
COMMANDS = {f"cli/{file.name}" for file in (APP / "cli").glob("*.py")}
# Where a transaction begins or ends: a request's, one that has only read, a job's, a command's.
TRANSACTIONS = {"web/session.py", "core/db.py", "jobs/performer.py", "jobs/schedule.py"} | COMMANDS
CLOCK = "core/clock.py"
TIME = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "func.now")
TREE_LINE = re.compile(r"^ {4}(?P<pipes>[│ ]*)(?:[├└]── )?(?P<name>[A-Z]\w+)\b", re.MULTILINE)


def _calls(names: tuple[str, ...], *, besides: set[str]) -> list[str]:
    return [
        f"{module.name}:{call.lineno} {name}()"
        for module in modules()
        if module.path.relative_to(APP).as_posix() not in besides
        for name, call in module.calls()
        if name.endswith(names)
    ]


def test_only_the_doors_of_a_transaction_begin_or_end_it() -> None:
    found = _calls((".commit", ".begin"), besides=TRANSACTIONS)
    assert found == [], "flush instead; one request (or command) is one transaction"


def test_time_is_an_argument() -> None:
    found = _calls(TIME, besides={CLOCK})
    assert found == [], f"take `at: datetime` as an argument; only {CLOCK} looks at a clock"


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        f"{module.name}: {line.strip()}"
        for module in modules()
        if module.path.relative_to(APP).as_posix() != "core/config.py"
        for line in module.text.splitlines()
        if re.search(r"\bos\.(environ|getenv)", line)
    ]
    assert readers == [], "make it a field of Settings, and pass it down"


def test_relationships_load_nothing_by_themselves() -> None:
    lazy = [
        f"{mapper.class_.__name__}.{relation.key} is lazy={relation.lazy!r}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy != "raise"
    ]
    assert lazy == [], 'say lazy="raise" there, and what to load in the query'


def test_relationships_are_one_way_and_spelled_without_strings() -> None:
    found = [
        f"{module.name}:{call.lineno}"
        for module in modules(APP / "models")
        for name, call in module.calls()
        if name == "relationship"
        if call.args or {word.arg for word in call.keywords} & {"back_populates", "backref"}
    ]
    assert found == [], "point from the younger table to the older one, by its annotation"


def test_no_model_is_imported_for_type_checking_only() -> None:
    found = [module.name for module in modules() if "TYPE_CHECKING" in module.text]
    assert found == [], "an import that may not happen hides a circle: move the code"


def test_tests_replace_no_dependencies() -> None:
    this = Module(TESTS / "architecture" / "test_promises.py")
    forbidden = "dependency" + "_overrides"
    found = [each.name for each in modules(TESTS) if forbidden in each.text and each != this]
    assert found == [], "put another part into the lifespan state, so that the real code runs"


def test_the_tree_of_errors_is_the_tree_that_is_drawn() -> None:
    drawn, ancestors = set(), list[str]()
    for line in TREE_LINE.finditer(errors.__doc__ or ""):
        depth = len(line["pipes"]) // 4 + ("── " in line[0])
        ancestors[depth:] = [line["name"]]
        drawn.add((line["name"], ancestors[depth - 1] if depth else "Exception"))
    written = {
        (name, kind.__base__.__name__)
        for name, kind in getmembers(errors, isclass)
        if kind.__module__ == errors.__name__ and kind.__base__
    }
    assert drawn == written, "draw core/errors.py's docstring after its classes"

"""What every operation says of itself: CONTRACT.md's last rule, read off the OpenAPI document."""

import ast
import re
from collections import Counter
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from tests.architecture.source import APP, modules

Described = dict[str, Any]

METHODS = {"get", "put", "post", "delete", "patch"}
NAME = re.compile(r"[a-z]+(_[a-z]+)*")
PARAMETER_KINDS = {"Query", "Path", "Header", "Form", "Body", "File", "Cookie"}


@pytest.fixture
def described(app: ASGIApp) -> dict[str, Described]:
    """Every operation of the document, by method and path."""
    paths = cast("FastAPI", app).openapi()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in METHODS
    }


def _parameters(operation: Described, place: str) -> set[str]:
    parameters = operation.get("parameters", [])
    return {parameter["name"].lower() for parameter in parameters if parameter["in"] == place}


def _needed_statuses(operation: Described) -> set[str]:
    """Return the errors that an operation's own parts make possible."""
    headers = _parameters(operation, "header")
    needed = set()
    if operation.get("security"):
        needed.add("401")
    if _parameters(operation, "path"):
        needed.add("404")
    if "if-match" in headers:
        needed.add("412")
    if "idempotency-key" in headers:
        needed.add("409")
    if "parameters" in operation or "requestBody" in operation:
        needed.add("422")
    if "requestBody" in operation:
        needed.add("413")
    return needed


def test_every_operation_declares_its_errors(described: dict[str, Described]) -> None:
    missing = {
        name: sorted(_needed_statuses(operation) - operation["responses"].keys())
        for name, operation in described.items()
    }
    undeclared = {name: statuses for name, statuses in missing.items() if statuses}
    assert undeclared == {}, "add them to the route's responses=describe(…)"


def test_every_declared_error_is_a_problem(described: dict[str, Described]) -> None:
    others = [
        f"{name} {status}"
        for name, operation in described.items()
        for status, answer in operation["responses"].items()
        if status >= "400" and list(answer.get("content", {})) != ["application/problem+json"]
    ]
    assert others == [], "describe errors by web.problems.describe"


def test_every_operation_has_a_summary_and_a_name_of_its_own(
    described: dict[str, Described],
) -> None:
    wordless = [name for name, operation in described.items() if not operation.get("summary")]
    assert wordless == [], "say in the route's summary what it does"
    names = Counter(operation["operationId"] for operation in described.values())
    unfit = [name for name, uses in names.items() if uses > 1 or not NAME.fullmatch(name)]
    assert unfit == [], "give the route an operation_id such as articles_list"


def test_every_body_and_path_has_an_example(app: ASGIApp, described: dict[str, Described]) -> None:
    schemas = cast("FastAPI", app).openapi()["components"]["schemas"]
    silent = [
        f"{name}: {schema.get('title', schema.get('$ref'))}"
        for name, operation in described.items()
        for schema in _shapes(operation)
        if "examples" not in schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    ]
    assert silent == [], "give the schema, or the path's parameter, an example"


def _shapes(operation: Described) -> list[Described]:
    """Return the schemas of the body and of the path's parameters."""
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    in_path = [each for each in operation.get("parameters", []) if each["in"] == "path"]
    return [part["schema"] for part in (*bodies, *in_path)]


def test_a_router_asks_by_named_aliases() -> None:
    bare = [
        f"{module.name}:{call.lineno}"
        for module in modules(APP / "features")
        if module.path.name == "router.py"
        for name, call in module.calls()
        if name in {"Depends", "Security"}
    ]
    assert bare == [], "name it in dependencies.py: Articles = Annotated[…, Depends(…)]"


def test_a_router_holds_no_queries() -> None:
    found = [
        f"{module.name} imports {name}"
        for module in modules(APP / "features")
        if module.path.name == "router.py"
        for name in module.imports()
        if name.startswith("sqlalchemy")
    ]
    assert found == [], "queries belong into the repository"


def test_a_default_is_never_a_call_in_a_signature() -> None:
    """`limit: int = Query(20)` is the old form; `Annotated` keeps the function callable."""
    found = [
        f"{module.name}:{default.lineno}"
        for module in modules()
        for function in module.functions()
        for default in (*function.args.defaults, *function.args.kw_defaults)
        if isinstance(default, ast.Call)
        if ast.unparse(default.func) in {*PARAMETER_KINDS, "Depends"}
    ]
    assert found == [], "write Annotated[int, Query(…)] = 20"

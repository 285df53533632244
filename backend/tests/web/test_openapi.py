"""How Galley describes itself."""

from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp

from app.bootstrap import create_app
from app.core.config import Settings
from app.features.auth.dependencies import known_by

Operation = dict[str, Any]


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    """The published document."""
    published: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
    return published


@pytest.fixture
def operations(document: dict[str, Any]) -> dict[str, Operation]:
    """Every operation by its id."""
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


def _keys(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield name
            yield from _keys(value)


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Galley"


class TestADocument:
    @pytest.fixture
    def app(self, settings: Settings) -> FastAPI:
        return create_app(settings)

    def test_is_made_once(self, app: FastAPI) -> None:
        responses = app.openapi()["paths"]["/health"]["get"]["responses"]
        headers = responses["200"]["headers"]
        app.openapi()
        assert responses["200"]["headers"] is headers

    async def test_knows_a_route_that_is_added_later(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        app.openapi()
        app.add_api_route("/late", lambda: None)
        document = (await client.get("/api/v1/openapi.json")).json()
        assert document == app.openapi()
        assert "X-Request-ID" in document["paths"]["/late"]["get"]["responses"]["200"]["headers"]


def test_the_operations_of_the_foundation_have_stable_names(
    document: dict[str, Any], operations: dict[str, Operation]
) -> None:
    assert len(operations) == sum(len(path) for path in document["paths"].values())
    assert operations.keys() >= {
        "auth_register", "auth_login",
        "users_create", "users_list", "users_read", "users_update", "users_articles_list",
        "users_me", "users_update_me", "users_delete_me",
        "articles_list", "articles_create", "articles_read", "articles_update", "articles_delete",
        "health", "health_live", "health_ready", "index",
    }  # fmt: skip


def test_every_operation_has_a_summary_a_description_and_known_tags(
    document: dict[str, Any], operations: dict[str, Operation]
) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations.values():
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) & tags == set(operation["tags"]) != set()


def test_every_error_is_a_problem(operations: dict[str, Operation]) -> None:
    for operation in operations.values():
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"]


def test_a_sign_in_says_how_it_asks_for_a_second_factor(
    document: dict[str, Any], operations: dict[str, Operation]
) -> None:
    (answer,) = operations["auth_login"]["responses"]["401"]["content"].values()
    kinds = [reference.rsplit("/", 1)[1] for reference in _references(answer["schema"]["anyOf"])]
    assert kinds == ["Problem", "SecondFactorProblem"]
    demand = document["components"]["schemas"]["SecondFactorProblem"]
    assert {"challenge", "methods"} <= {*demand["required"]} & demand["properties"].keys()


def _asks_who_comes(dependant: Dependant) -> bool:
    """Say whether it asks, or something that it asks, whose token or key a request brings."""
    return any(each.call is known_by or _asks_who_comes(each) for each in dependant.dependencies)


def test_every_operation_that_asks_who_comes_tells_how_to_sign_in_and_that_it_may_refuse(
    app: ASGIApp, operations: dict[str, Operation]
) -> None:
    asking = [
        route.operation_id
        for route in iter_route_contexts(cast("FastAPI", app).routes)
        if isinstance(route.original_route, APIRoute) and _asks_who_comes(route.dependant)
    ]
    assert "users_me" in asking
    silent = [
        name
        for name in asking
        if "security" not in operations[name]
        or not {"401", "403"} <= operations[name]["responses"].keys()
    ]
    assert silent == [], "describe(401, 403), and SIGN_IN_IS_OPTIONAL where nobody has to"


def test_every_body_has_an_example(
    document: dict[str, Any], operations: dict[str, Operation]
) -> None:
    schemas = document["components"]["schemas"]
    bodies = {
        reference.rsplit("/", 1)[1]
        for operation in operations.values()
        for reference in _references(
            [operation.get("requestBody"), *(operation["responses"].get(s) for s in ("200", "201"))]
        )
    }
    without = {name for name in bodies if not {"examples", "default"} & set(_keys(schemas[name]))}
    assert without == set()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas

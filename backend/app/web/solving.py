"""Solving what a route depends on: each dependency once, and what only the query says hardly ever.

FastAPI walks the tree of dependencies at each request, and anew wherever a branch is named again:
for a list of articles that was 21 walks and 84 readings of parameters, half of the request's time.
The tree is always the same. Here it is walked once, when its route is made; the parameters are
checked and refused as FastAPI does it, by its own functions.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from starlette.requests import Request
from starlette.responses import Response

from app.web.bodies import read_body

MOST_REMEMBERED = 1024
LONGEST_REMEMBERED = 256

Dependency = TypeVar("Dependency", bound=Callable[..., Any])

_OF_QUERY: set[Callable[..., Any]] = set()
_FAILED = object()


def of_query(dependency: Dependency) -> Dependency:
    """Say of a dependency that it follows from the query alone, and that nobody changes it.

    Then it need not be solved again for a query that was asked before.
    """
    _OF_QUERY.add(dependency)
    return dependency


@dataclass(frozen=True, slots=True)
class _Step:
    """One dependency, and the places of those that it depends on, which are solved before."""

    call: Callable[..., Any]
    before: tuple[tuple[str, int], ...]
    path: Sequence[Any]
    fields: tuple[tuple[str, Sequence[Any]], ...]
    request_names: tuple[str, ...]
    response_name: str | None
    is_of_query: bool

    @classmethod
    def of(cls, dependant: Dependant, before: tuple[tuple[str, int], ...]) -> "_Step":
        """Take what FastAPI knows of a dependency, and where those are that it depends on."""
        call = dependant.call
        assert call is not None  # noqa: S101 - tells the type checker
        fields = {
            "query_params": dependant.query_params,
            "headers": dependant.header_params,
            "cookies": dependant.cookie_params,
        }
        requests = (dependant.request_param_name, dependant.http_connection_param_name)
        return cls(
            call,
            before,
            dependant.path_params,
            tuple((kind, known) for kind, known in fields.items() if known),
            tuple(filter(None, requests)),
            dependant.response_param_name,
            is_of_query=call in _OF_QUERY,
        )

    def arguments(
        self, solved: Sequence[Any], request: Request, response: Response
    ) -> dict[str, Any]:
        """Return what was solved before, with the request and the response where they are named."""
        arguments = {name: solved[place] for name, place in self.before}
        for name in self.request_names:
            arguments[name] = request
        if self.response_name:
            arguments[self.response_name] = response
        return arguments

    def read(self, arguments: dict[str, Any], request: Request) -> list[Any]:
        """Add what the request says to the arguments, and return what is wrong with it."""
        wrong: list[Any] = []
        for field in self.path:  # is there, once, and a text: it needs no looking for
            text, place = request.path_params[field.alias], ("path", field.alias)
            arguments[field.name], errors = field.validate(text, {}, loc=place)
            wrong += errors
        for kind, fields in self.fields:
            values, errors = request_params_to_args(fields, getattr(request, kind))
            arguments.update(values)
            wrong += errors
        return wrong


class Solver:
    """Solves what one endpoint depends on."""

    def __init__(self, dependant: Dependant) -> None:
        """Take what FastAPI has found out about the endpoint."""
        self._steps: list[_Step] = []
        self._places: dict[Callable[..., Any], int] = {}
        self._add(dependant)
        self._endpoint = self._steps.pop()
        self._bodies = dependant.body_params
        self._has_of_query = any(step.is_of_query for step in self._steps)
        self._remembered: dict[bytes, list[Any]] = {}

    def _add(self, dependant: Dependant) -> int:
        """Add a dependency after those that it depends on, unless it is there; return its place."""
        call = dependant.call
        assert call is not None  # noqa: S101 - tells the type checker
        if call not in self._places:
            before = tuple((each.name or "", self._add(each)) for each in dependant.dependencies)
            self._places[call] = len(self._steps)
            self._steps.append(_Step.of(dependant, before))
        return self._places[call]

    async def arguments(self, request: Request, response: Response) -> dict[str, Any]:
        """Return the endpoint's arguments; raise RequestValidationError.

        What a body says is looked at after everything else.
        """
        said = await read_body(request) if self._bodies else None
        query = request.scope["query_string"]
        remembered = self._remembered.get(query)
        solved: list[Any] = []
        wrong: list[Any] = []
        for step in self._steps:
            if remembered is not None and step.is_of_query:
                solved.append(remembered[len(solved)])
                continue
            arguments = step.arguments(solved, request, response)
            errors = step.read(arguments, request)
            wrong += errors
            is_lost = wrong and (errors or _has_failed(arguments))
            solved.append(_FAILED if is_lost else await step.call(**arguments))
        arguments = self._endpoint.arguments(solved, request, response)
        wrong += self._endpoint.read(arguments, request)
        if wrong:
            raise RequestValidationError(wrong)
        if remembered is None and self._has_of_query and len(query) <= LONGEST_REMEMBERED:
            self._remember(query, solved)
        return arguments | await self._body(said) if self._bodies else arguments

    async def _body(self, said: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON says
        body, wrong = await request_body_to_args(self._bodies, said, embed_body_fields=False)
        if wrong:
            raise RequestValidationError(wrong)
        return body

    def _remember(self, query: bytes, solved: Sequence[Any]) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[query] = [
            value if step.is_of_query else None
            for step, value in zip(self._steps, solved, strict=True)
        ]


def _has_failed(arguments: dict[str, Any]) -> bool:
    return any(value is _FAILED for value in arguments.values())


def solver_of(dependant: Dependant) -> Solver | None:
    """Return what solves an endpoint's dependencies.

    None where there is something that is not solved here: threads, forms, several bodies, and what
    is closed after the answer.
    """
    return Solver(dependant) if _is_solved_here(dependant, bodies=1) else None


def _is_solved_here(dependant: Dependant, *, bodies: int = 0) -> bool:
    call = dependant.call
    is_async = any(
        inspect.iscoroutinefunction(each)
        for each in (call, getattr(call, "__call__", None))  # noqa: B004 - an object with one
    )
    given = dependant.body_params
    is_json = len(given) <= bodies and not any(isinstance(each.field_info, Form) for each in given)
    is_plain = is_json and not dependant.background_tasks_param_name
    below = dependant.dependencies
    return is_async and is_plain and all(each.name and _is_solved_here(each) for each in below)

"""Solving what a route depends on: each dependency once, and what only the query says hardly ever.

FastAPI walks the tree of dependencies at each request, and anew wherever a branch is named again:
for a list of articles that was 21 walks and 84 readings of parameters, half of the request's time.
The tree is always the same. Here it is walked once, when its route is made; the parameters are
read, checked and refused by FastAPI's own function.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from starlette.requests import Request
from starlette.responses import Response

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
    fields: tuple[tuple[str, Sequence[Any]], ...]
    request_names: tuple[str, ...]
    response_name: str | None
    is_generator: bool
    is_over_first: bool
    is_of_query: bool

    @classmethod
    def of(cls, dependant: Dependant, before: tuple[tuple[str, int], ...]) -> "_Step":
        """Take what FastAPI knows of a dependency, and where those are that it depends on."""
        call = dependant.call
        assert call is not None  # noqa: S101 - tells the type checker
        fields = {
            "path_params": dependant.path_params,
            "query_params": dependant.query_params,
            "headers": dependant.header_params,
            "cookies": dependant.cookie_params,
        }
        requests = (dependant.request_param_name, dependant.http_connection_param_name)
        return cls(
            call,
            before,
            tuple((kind, known) for kind, known in fields.items() if known),
            tuple(filter(None, requests)),
            dependant.response_param_name,
            is_generator=inspect.isasyncgenfunction(call),
            is_over_first=dependant.scope == "function",
            is_of_query=call in _OF_QUERY,
        )

    def arguments(self, solved: Sequence[Any]) -> dict[str, Any]:
        """Return what was solved before."""
        return {name: solved[place] for name, place in self.before}

    def read(self, arguments: dict[str, Any], request: Request, response: Response) -> list[Any]:
        """Add what the request says to the arguments, and return what is wrong with it."""
        wrong: list[Any] = []
        for kind, fields in self.fields:
            values, errors = request_params_to_args(fields, getattr(request, kind))
            arguments.update(values)
            wrong += errors
        for name in self.request_names:
            arguments[name] = request
        if self.response_name:
            arguments[self.response_name] = response
        return wrong

    async def solve(self, arguments: dict[str, Any], request: Request) -> Any:  # noqa: ANN401 - anything
        """Call the dependency; what it leaves open, the framework closes."""
        if not self.is_generator:
            return await self.call(**arguments)
        kind = "fastapi_function_astack" if self.is_over_first else "fastapi_inner_astack"
        opened = asynccontextmanager(self.call)(**arguments)
        return await request.scope[kind].enter_async_context(opened)


class Solver:
    """Solves what one endpoint depends on, but for its body, which the framework reads."""

    def __init__(self, dependant: Dependant) -> None:
        """Take what FastAPI has found out about the endpoint."""
        self._steps: list[_Step] = []
        self._places: dict[Callable[..., Any], int] = {}
        self._add(dependant)
        self._endpoint = self._steps.pop()
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
        """Return the endpoint's arguments; raise RequestValidationError."""
        query = request.scope["query_string"]
        remembered = self._remembered.get(query)
        solved: list[Any] = []
        wrong: list[Any] = []
        for step in self._steps:
            if remembered is not None and step.is_of_query:
                solved.append(remembered[len(solved)])
                continue
            arguments = step.arguments(solved)
            errors = step.read(arguments, request, response)
            wrong += errors
            is_lost = wrong and (errors or _has_failed(arguments))
            solved.append(_FAILED if is_lost else await step.solve(arguments, request))
        arguments = self._endpoint.arguments(solved)
        wrong += self._endpoint.read(arguments, request, response)
        if wrong:
            raise RequestValidationError(wrong)
        if remembered is None and self._has_of_query and len(query) <= LONGEST_REMEMBERED:
            self._remember(query, solved)
        return arguments

    def _remember(self, query: bytes, solved: Sequence[Any]) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[query] = [
            value if step.is_of_query else None
            for step, value in zip(self._steps, solved, strict=True)
        ]


def _has_failed(arguments: dict[str, Any]) -> bool:
    return any(value is _FAILED for value in arguments.values())


def lean(dependant: Dependant) -> Dependant | None:
    """Return what stands for an endpoint to the framework, and asks it for its body alone.

    None where there is something that is not solved here: threads, forms, several bodies.
    """
    bodies, call = dependant.body_params, dependant.call
    if call is None or not _is_solved_here(dependant, bodies=1):
        return None
    solver = Solver(dependant)

    async def endpoint(arguments: dict[str, Any], **body: Any) -> Any:  # noqa: ANN401 - the endpoint's
        return await call(**arguments, **body)

    solved = inspect.Parameter(
        "arguments",
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[dict[str, Any], Depends(solver.arguments)],
    )
    known = inspect.signature(call, eval_str=True).parameters
    body = [known[each.name].replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in bodies]
    endpoint.__signature__ = inspect.Signature([solved, *body])  # type: ignore[attr-defined] # inspect reads it
    return get_dependant(path=dependant.path or "", call=endpoint)


def _is_solved_here(dependant: Dependant, *, bodies: int = 0) -> bool:
    call = dependant.call
    is_async = any(
        inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each)
        for each in (call, getattr(call, "__call__", None))  # noqa: B004 - an object with one
    )
    given = dependant.body_params
    is_json = len(given) <= bodies and not any(isinstance(each.field_info, Form) for each in given)
    is_plain = is_json and not dependant.background_tasks_param_name
    below = dependant.dependencies
    return is_async and is_plain and all(each.name and _is_solved_here(each) for each in below)

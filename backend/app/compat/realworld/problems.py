"""Errors as RealWorld says them: `{"errors": {FIELD: [MESSAGE]}}`, by one table of our codes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import JSONResponse

from app.compat.realworld.answers import Refusal
from app.compat.realworld.schemas import BLANK
from app.core.errors import GalleyError

MOST_PROBLEMS = 100
LONGEST_FIELD = 50

TAKEN, FORBIDDEN, NOT_FOUND = "has already been taken", "forbidden", "not found"


@dataclass(frozen=True, slots=True)
class Said:
    """Under which field an error stands, in which words and with which status, if not its own."""

    field: str
    words: str | None = None
    status: HTTPStatus | None = None


SAID: Mapping[str, Said] = {
    "article_not_found": Said("article", NOT_FOUND),
    "bad_login": Said("credentials", "invalid"),
    "article_not_public": Said("article", NOT_FOUND, HTTPStatus.NOT_FOUND),
    "comment_not_found": Said("comment", NOT_FOUND),
    "comments_closed": Said("comment", "is not wanted here: comments are closed"),
    "email_not_verified": Said("email", "has to be verified first: follow the link in our mail"),
    "email_taken": Said("email", TAKEN, HTTPStatus.CONFLICT),
    "inactive_user": Said("account", "is switched off", HTTPStatus.FORBIDDEN),
    "internal_error": Said("server", "has failed; it is in the log"),
    "key_not_allowed": Said("token"),
    "method_not_allowed": Said("method", "is not allowed here"),
    "not_found": Said("path", NOT_FOUND),
    "not_your_article": Said("article", FORBIDDEN),
    "not_your_comment": Said("comment", FORBIDDEN),
    "follows_self": Said(
        "profile", "cannot be followed by itself", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    "payload_too_large": Said("body", "is too large"),
    "recent_sign_in_required": Said("token", "is too old for this: sign in again"),
    "registration_closed": Said("registration"),
    "said_already": Said("comment", "has just been made"),
    "scope_missing": Said("token"),
    "second_factor_required": Said(
        "credentials", "need a second factor, which this API cannot ask"
    ),
    "second_factor_enrolment_required": Said("account", "needs a second factor for its role"),
    "timeout": Said("server", "took too long"),
    "too_many_requests": Said("request", "comes too often; wait and try again"),
    "unavailable": Said("server", "is busy; try again in a moment"),
    "user_not_found": Said("profile", NOT_FOUND),
    "wrong_current_password": Said("password", "has just been changed", HTTPStatus.CONFLICT),
    "username_taken": Said("username", TAKEN, HTTPStatus.CONFLICT),
}

# What our own services call the fields that RealWorld has.
FIELDS = {"avatar": "image", "content": "body", "excerpt": "description", "tags": "tagList"}

_TOO_SHORT, _TOO_LONG = {"string_too_short", "too_short"}, {"string_too_long", "too_long"}
_NOT_A_FIELD = re.compile(r"[^A-Za-z0-9_.-]")


def body_problems(error: ValidationError) -> RequestValidationError:
    """Return what is wrong with a body, in the words of RealWorld."""
    found = error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]
    problems = [
        {"loc": ("body", *each["loc"]), "type": each["type"], "msg": _words(each)} for each in found
    ]
    return RequestValidationError(problems)


def _words(problem: Mapping[str, Any]) -> str:
    kind, limits = problem["type"], problem.get("ctx", {})
    if kind in {"missing", "blank"}:
        return BLANK
    if kind in _TOO_SHORT:
        return f"is too short (minimum is {limits['min_length']})"
    if kind in _TOO_LONG:
        return f"is too long (maximum is {limits['max_length']})"
    if kind == "json_invalid":
        return "is not JSON"
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    return "is invalid"


def translated(problem: Mapping[str, Any], *, has_token: bool) -> tuple[int, bytes]:
    """Return the status and the body that say a problem of ours in the words of RealWorld."""
    code = problem["code"]
    status, errors = _said(code, problem["status"], problem["detail"])
    if code == "unauthenticated":
        errors = {"token": ["is invalid" if has_token else "is missing"]}
    elif problem.get("errors"):
        errors = _by_field(problem["errors"])
    return status, Refusal(errors=errors).model_dump_json().encode()


def refusal(error: GalleyError, status: HTTPStatus) -> JSONResponse:
    """Return the answer that says an error of what was not undone because of it."""
    told, errors = _said(error.code, status, error.detail)
    return JSONResponse({"errors": errors}, told)


def _said(code: str, status: int, detail: str) -> tuple[int, dict[str, list[str]]]:
    said = SAID.get(code, Said(code))
    return int(said.status or status), {said.field: [said.words or detail]}


def _by_field(problems: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(_field(problem["loc"]), []).append(problem["detail"])
    return errors


def _field(loc: Iterable[str | int]) -> str:
    """Return the field that a problem is with: the last of the way to it that is no number."""
    names = [part for part in loc if isinstance(part, str)] or ["request"]
    # An item of a list, such as one tag, stands under the list.
    name = _NOT_A_FIELD.sub("", names[-1])[:LONGEST_FIELD]
    return FIELDS.get(name, name)

"""The API against its own description: schemathesis makes up requests, and no answer may be a lie.

It runs as an administrator, so that every operation is reached in depth. Each operation gets a
sign-in of its own, because some of them sign out.
"""

import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
)

from tests.e2e.conftest import API

# Whoever meets bad input first refuses it: 413, 414 and 431 are what nginx says to too much.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 431]

schema = schemathesis.openapi.from_url(
    f"{os.environ['BASE_URL']}{API}/openapi.json",
    config=schemathesis.Config.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    ),
)


@pytest.fixture
def administrator(client: httpx.Client) -> dict[str, str]:
    """The headers of an administrator who has just signed in."""
    name, password = os.environ["ADMINISTRATOR"], os.environ["ADMINISTRATOR_PASSWORD"]
    form = {"username": name, "password": password}
    answer = client.post(f"{API}/auth/login", data=form)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@schema.parametrize()
@settings(
    max_examples=int(os.environ.get("MAX_EXAMPLES", "40")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_description_is_true(
    case: schemathesis.Case[Any], administrator: dict[str, str]
) -> None:
    """No 5xx, no undescribed shape, no bad input accepted, no secret read without a token."""
    case.call_and_validate(
        headers=administrator,
        checks=[
            not_a_server_error,
            response_schema_conformance,
            negative_data_rejection,
            ignored_auth,
        ],
    )

"""The API against its own description: schemathesis makes up requests, and no answer may be a lie.

It runs as an administrator whose token is in TOKEN, so that every operation is reached in depth.
"""

import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
)

# Whoever meets bad input first refuses it: 413, 414 and 431 are what nginx says to too much.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 431]

schema = schemathesis.openapi.from_url(
    f"{os.environ['BASE_URL']}/api/v1/openapi.json",
    config=schemathesis.Config.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    ),
)


@schema.parametrize()
@settings(
    max_examples=int(os.environ.get("MAX_EXAMPLES", "40")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_description_is_true(case: schemathesis.Case[Any]) -> None:
    """No 5xx, no undescribed shape, no bad input accepted, no secret read without a token."""
    case.call_and_validate(
        headers={"Authorization": f"Bearer {os.environ['TOKEN']}"},
        checks=[
            not_a_server_error,
            response_schema_conformance,
            negative_data_rejection,
            ignored_auth,
        ],
    )

"""The RealWorld API: proof that the other files, run before this one, have asked for all of it.

They run in the order of their names, and this one is the last.
"""

from tests.e2e.conduit import OPERATIONS, Conduit

pytest_plugins = ["tests.e2e.conduit"]

LEAST_REQUESTS = 150

ANSWERS = {
    "POST /users": {201, 409, 422},
    "POST /users/login": {200, 401, 422},
    "GET /user": {200, 401},
    "PUT /user": {200, 401, 409, 422},
    "GET /profiles/{username}": {200, 404},
    "POST /profiles/{username}/follow": {200, 401, 404},
    "DELETE /profiles/{username}/follow": {200, 401, 404},
    "GET /articles": {200, 422},
    "POST /articles": {201, 401, 422},
    "GET /articles/feed": {200, 401, 422},
    "GET /articles/{slug}": {200, 404},
    "PUT /articles/{slug}": {200, 401, 403, 404, 422},
    "DELETE /articles/{slug}": {204, 401, 403, 404},
    "GET /articles/{slug}/comments": {200, 404},
    "POST /articles/{slug}/comments": {201, 401, 404, 422},
    "DELETE /articles/{slug}/comments/{id}": {204, 401, 403, 404},
    "POST /articles/{slug}/favorite": {200, 401, 404},
    "DELETE /articles/{slug}/favorite": {200, 401, 404},
    "GET /tags": {200},
}


def test_every_request_has_been_checked(conduit: Conduit) -> None:
    assert conduit.tally.sent == conduit.tally.checked


def test_there_were_at_least_150_requests(conduit: Conduit) -> None:
    assert conduit.tally.checked >= LEAST_REQUESTS


def test_every_operation_was_asked_for_every_answer_that_it_has(conduit: Conduit) -> None:
    assert set(ANSWERS) == set(OPERATIONS)
    unseen = {
        name: missing
        for name, statuses in ANSWERS.items()
        if (missing := statuses - conduit.tally.seen[name])
    }
    assert unseen == {}

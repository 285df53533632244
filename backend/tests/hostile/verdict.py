"""What every answer must be, however bad the question was."""

import json
from collections.abc import Iterator

from tests.factories import PASSWORD
from tests.hostile.attacks import SECRET
from tests.hostile.document import Ask
from tests.hostile.wire import Answer

PROBLEM = {"type", "title", "status", "detail", "code", "request_id"}
BESIDES = {401: "WWW-Authenticate", 405: "Allow"}


def faults(ask: Ask, answer: Answer) -> Iterator[str]:
    """Yield what is wrong with an answer."""
    if answer.status >= 500:
        yield f"is a {answer.status}"
    if answer.status >= 400 and ask.method != "HEAD":
        yield from _faults_of_a_problem(answer)
    if BESIDES.get(answer.status, "X-Request-ID") not in answer.headers:
        yield f"has no {BESIDES.get(answer.status, 'X-Request-ID')}"
    everything = answer.body + b"".join(name + value for name, value in answer.headers.raw)
    if SECRET.encode() in everything or PASSWORD.encode() in everything:
        yield "repeats a secret"
    if any(byte in value for _, value in answer.headers.raw for byte in b"\r\n\x00"):
        yield "has a header that ends in the middle"


def _faults_of_a_problem(answer: Answer) -> Iterator[str]:
    if answer.headers.get("Content-Type") != "application/problem+json":
        yield f"is a {answer.status} of another type: {answer.headers.get('Content-Type')}"
        return
    problem = json.loads(answer.body.decode("utf-8", "strict"))
    if not problem.keys() >= PROBLEM or not problem.keys() <= PROBLEM | {"errors"}:
        yield f"is a problem with the keys {sorted(problem)}"
        return
    if problem["status"] != answer.status or not problem["code"]:
        yield f"is a problem with status {problem['status']} and code {problem['code']!r}"
    if problem["request_id"] != answer.headers.get("X-Request-ID"):
        yield "names another request"
    if not isinstance(problem["detail"], str) or not problem["detail"]:
        yield "has no words in `detail`"

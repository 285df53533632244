"""`Idempotency-Key`: a repeated POST gets the first answer again instead of doing the work twice.

The key is claimed and the answer stored in the transaction that does the work, so there is either
both or neither. A repeat that arrives meanwhile waits for that transaction, as long as the role's
`lock_timeout` lets it, and then replays; after that it is told 409. Kept for 24 hours.
(IETF draft-ietf-httpapi-idempotency-key-header.)
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header
from sqlalchemy import Delete, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app.core.db import LOCK_NOT_AVAILABLE, sqlstate
from app.core.errors import Conflict, Invalid
from app.models import StoredAnswer
from app.web.session import DbSession, Now, Parts, session_of

KEPT = timedelta(hours=24)
KEPT_HEADERS = ("content-type", "etag", "location")
SWEPT_AT_ONCE = 20


class KeyReused(Invalid):
    """The key has been used for another request."""

    code = "idempotency_key_reused"
    detail = "This Idempotency-Key belongs to a request with another body; use a new key"


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "idempotency_key_in_use"
    detail = "The first request with this Idempotency-Key is still running; try again in a moment"


class Replayed(Exception):
    """The request was answered before; `response` is that answer."""

    def __init__(self, stored: StoredAnswer) -> None:
        """Take the stored answer."""
        assert stored.status is not None  # noqa: S101 - tells the type checker
        headers = {**(stored.headers or {}), "Idempotent-Replay": "true"}
        self.response = Response(stored.body, stored.status, headers)


async def _claim(
    request: Request,
    session: DbSession,
    parts: Parts,
    now: Now,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="Any string that you make up for this one action, such as a UUID. "
            "Sending it again within 24 hours gets the first answer again.",
        ),
    ] = None,
) -> None:
    if idempotency_key is None:
        return
    secret = parts.settings.secret_key.get_secret_value().encode()
    account_id = _account_id(request)
    key = f"{account_id or 'anybody'} {request.url.path.rstrip('/')} {idempotency_key}"
    fingerprint = hmac.new(secret, await request.body(), hashlib.sha256).hexdigest()
    request.state.stored_answer = await _take(session, key, fingerprint, now)


async def _take(session: AsyncSession, key: str, fingerprint: str, now: datetime) -> StoredAnswer:
    """Return the row that this request is to fill; raise Replayed when it is filled already."""
    values = {"fingerprint": fingerprint, "status": None, "expires_at": now + KEPT}
    claim = (
        insert(StoredAnswer)
        .values(key=key, **values)
        .on_conflict_do_update(
            index_elements=[StoredAnswer.key], set_=values, where=StoredAnswer.expires_at <= now
        )
        .returning(StoredAnswer)
        .add_cte(_sweeping(now).where(StoredAnswer.key != key).cte("swept"))
    )
    try:
        claimed = await session.scalar(claim)
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise StillRunning from None
        raise
    if claimed is not None:
        return claimed
    query = select(StoredAnswer).where(StoredAnswer.key == key)
    stored = (await session.scalars(query)).one_or_none()
    if stored is None or stored.status is None:
        raise StillRunning
    if not hmac.compare_digest(stored.fingerprint, fingerprint):
        raise KeyReused
    raise Replayed(stored)


def _account_id(request: Request) -> int | None:
    """Return whom the answer belongs to: who is signed in, or the account that is being made."""
    account_id: int | None = getattr(request.state, "account_id", None)
    return account_id


def _sweeping(now: datetime) -> Delete:
    """Delete some of the answers that nobody can ask for any more."""
    old = (
        select(StoredAnswer.id)
        .where(StoredAnswer.expires_at <= now)
        .order_by(StoredAnswer.expires_at)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return delete(StoredAnswer).where(StoredAnswer.id.in_(old))


async def remember(request: Request, response: Response) -> None:
    """Store the answer to a claimed key, in the transaction that made it."""
    answer: StoredAnswer | None = getattr(request.state, "stored_answer", None)
    if answer is None:
        return
    answer.account_id = _account_id(request)
    answer.status = response.status_code
    answer.headers = {
        name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
    }
    answer.body = bytes(response.body)
    await session_of(request).flush()


# Stands after the parameter that says who is asking, so that a key belongs to one account.
IdempotencyKey = Annotated[None, Depends(_claim)]

"""Deleting for good what nobody can ask for any more."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Sessions
from app.core.services import Services
from app.features.upkeep import repository
from app.features.upkeep.schemas import PURGE, Level, Waste
from app.features.upkeep.service import KEPT, UpkeepService
from app.features.upkeep.tasks import tasks
from app.jobs.performer import Ending, Order, Performer
from app.models import (
    Address,
    Article,
    AuditEvent,
    Base,
    Challenge,
    FinishedJob,
    Invitation,
    LoginSession,
    Notification,
    Preview,
    Proof,
    ProviderVisit,
    RateLimit,
    Revision,
    StoredAnswer,
    User,
)
from tests.factories import EARLY_2026, Factory

NOTHING = Counter[Waste]()
NO_OTHER_JOB = 10**9


def preview(article: Article, name: str, expires_at: datetime) -> Preview:
    return Preview(id=name, article_id=article.id, created_at=EARLY_2026, expires_at=expires_at)


def answer(key: str, expires_at: datetime) -> StoredAnswer:
    return StoredAnswer(key=key, fingerprint="", expires_at=expires_at)


def later(at: datetime) -> datetime:
    return at + timedelta(seconds=1)


def row(kind: Waste, name: str, at: datetime, user: User) -> Base:
    """Return a row of some kind that expires then."""
    mine: dict[str, Any] = {"user_id": user.id, "created_at": at, "expires_at": at}
    made: dict[str, Any] = {"created_at": at, "expires_at": at}
    rows: dict[Waste, Callable[[], Base]] = {
        Waste.ANSWERS: lambda: answer(name, at),
        Waste.SIGN_INS: lambda: LoginSession(
            method="password",
            address="",
            user_agent="",
            authenticated_at=at,
            last_seen_at=at,
            **mine,
        ),
        Waste.PROOFS: lambda: Proof(purpose="verify_email", email="a@b.c", **mine),
        Waste.CHALLENGES: lambda: Challenge(
            challenge_hash=name.encode(), purpose="sign_in_with_passkey", **mine
        ),
        Waste.VISITS: lambda: ProviderVisit(
            state_hash=name.encode(),
            browser_hash=b"",
            nonce="",
            code_verifier="",
            return_to="",
            **made,
        ),
        Waste.INVITATIONS: lambda: Invitation(
            email=f"{name}@b.c", role="reader", inviter_id=user.id, **made
        ),
        Waste.LIMITS: lambda: RateLimit(key=name, full_at=at),
        Waste.FINISHED_JOBS: lambda: FinishedJob(job_id=ord(name), finished_at=at),
        Waste.READ_NOTIFICATIONS: lambda: Notification(
            kind={"a": "reply", "b": "mention"}[name],
            user_id=user.id,
            actor_id=user.id,
            created_at=EARLY_2026,
            read_at=at,
        ),
        Waste.OLD_NOTIFICATIONS: lambda: Notification(
            kind={"a": "follower", "b": "favorite"}[name],
            user_id=user.id,
            actor_id=user.id,
            created_at=at,
        ),
        Waste.AUDIT: lambda: AuditEvent(
            at=at, event="", address="", user_agent="", request_id="", details={}
        ),
    }
    return rows[kind]()


async def count(session: AsyncSession, kind: type) -> int:
    return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_the_bin_is_emptied_of_what_has_lain_there_long_enough(
    upkeep: UpkeepService, session: AsyncSession, settings: Settings, make: Factory
) -> None:
    author = await make.user()
    limit = EARLY_2026 - timedelta(days=settings.bin_days)
    await make.article(author)
    await make.article(author, deleted_at=limit, slug="not-yet")
    await make.article(author, deleted_at=limit - timedelta(seconds=1))
    assert await upkeep.waste(at=EARLY_2026) == Counter({Waste.ARTICLES: 1})
    assert await upkeep.purge(at=EARLY_2026) == Counter({Waste.ARTICLES: 1})
    assert await upkeep.purge(at=EARLY_2026) == NOTHING
    in_bin = select(Article.slug).where(Article.deleted_at.is_not(None))
    assert (await session.scalars(in_bin)).all() == ["not-yet"]
    assert [await count(session, kind) for kind in (Article, Address, Revision)] == [2, 2, 2]


async def test_links_and_answers_go_when_they_have_expired(
    upkeep: UpkeepService, session: AsyncSession, make: Factory
) -> None:
    article = await make.article(await make.user())
    later = EARLY_2026 + timedelta(seconds=1)
    session.add_all([preview(article, "a", EARLY_2026), preview(article, "b", later)])
    session.add_all([answer("a", EARLY_2026), answer("b", later)])
    await session.flush()
    expected = Counter({Waste.PREVIEWS: 1, Waste.ANSWERS: 1})
    assert await upkeep.waste(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == expected
    assert await upkeep.waste(at=EARLY_2026) == NOTHING
    assert (await session.scalars(select(Preview.id))).all() == ["b"]
    assert (await session.scalars(select(StoredAnswer.key))).all() == ["b"]


async def test_every_kind_goes_when_its_time_is_over(
    upkeep: UpkeepService, session: AsyncSession, settings: Settings, make: Factory
) -> None:
    user = await make.user()
    kept = KEPT | {Waste.AUDIT: timedelta(days=settings.audit_days)}
    for kind, time in kept.items():
        limit = EARLY_2026 - time
        session.add_all(
            row(kind, name, at, user) for name, at in (("a", limit), ("b", later(limit)))
        )
    await session.flush()
    expected = Counter(dict.fromkeys(kept, 1))
    assert await upkeep.waste(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == expected
    assert await upkeep.waste(at=EARLY_2026) == NOTHING


async def test_what_is_read_goes_first_and_nothing_stays_for_more_than_a_year(
    upkeep: UpkeepService, session: AsyncSession, make: Factory
) -> None:
    user = await make.user()
    for days, read in ((364, None), (366, None), (100, 91), (100, 89), (366, 1)):
        read_at = None if read is None else EARLY_2026 - timedelta(days=read)
        told = Notification(
            user_id=user.id,
            actor_id=(await make.user()).id,
            kind="follower",
            created_at=EARLY_2026 - timedelta(days=days),
            read_at=read_at,
        )
        session.add(told)
    await session.flush()
    gone = Counter({Waste.READ_NOTIFICATIONS: 1, Waste.OLD_NOTIFICATIONS: 2})
    assert await upkeep.purge(at=EARLY_2026) == gone
    left = await session.scalars(select(Notification.created_at))
    assert sorted((EARLY_2026 - at).days for at in left) == [100, 364]


NOTE = text(
    "INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint) "
    "VALUES (:at, :job_id, 'queued', 0, 'a')"
)
JOB = text(
    "INSERT INTO pgqueuer (updated, status, priority, entrypoint, execute_after) "
    "VALUES (:at, CAST(:status AS pgqueuer_status), 0, 'a', now()) RETURNING id"
)


async def test_notes_about_jobs_go_after_a_week(
    upkeep: UpkeepService, session: AsyncSession
) -> None:
    week = EARLY_2026 - timedelta(days=7)
    before = week - timedelta(seconds=1)
    still_there = await session.scalar(JOB, {"at": before, "status": "failed"})
    notes = [(week, 0), (before, 0), (before, still_there)]
    await session.execute(NOTE, [{"at": at, "job_id": job_id} for at, job_id in notes])
    expected = Counter({Waste.JOB_NOTES: 1})
    assert await upkeep.waste(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == NOTHING


async def test_jobs_go_that_nobody_has_tried_again_for_ninety_days(
    upkeep: UpkeepService, session: AsyncSession
) -> None:
    limit = EARLY_2026 - timedelta(days=90)
    before = limit - timedelta(seconds=1)
    for at, status in ((limit, "failed"), (before, "failed"), (before, "queued")):
        await session.execute(JOB, {"at": at, "status": status})
    expected = Counter({Waste.GIVEN_UP_JOBS: 1})
    assert await upkeep.waste(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == NOTHING


async def first(sessions: Sessions, query: TextClause, **values: int) -> Row[Any] | None:
    async with sessions() as session:
        return (await session.execute(query, values)).first()


async def test_every_night_one_part_after_another_is_purged(
    services: Services, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "DELETED_AT_ONCE", 2)
    async with sessions.begin() as session:
        session.add_all([answer(str(number), EARLY_2026) for number in range(3)])
    performer = Performer(services, tasks)
    outcomes = [await performer.perform(Order(NO_OTHER_JOB, "upkeep.purge_nightly", b"{}", 1))]
    asked = text("SELECT id, payload FROM pgqueuer ORDER BY id OFFSET :done")
    while job := await first(sessions, asked, done=len(outcomes) - 1):
        outcomes.append(await performer.perform(Order(job.id, PURGE.name, job.payload, 1)))
    assert [outcome.ending for outcome in outcomes] == [Ending.DONE] * 4
    async with sessions() as session:
        assert await count(session, StoredAnswer) == 0


async def test_much_goes_in_parts(
    upkeep: UpkeepService, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "DELETED_AT_ONCE", 2)
    session.add_all([answer(str(number), EARLY_2026) for number in range(3)])
    await session.flush()
    parts = [(await upkeep.purge(at=EARLY_2026)).total() for _ in range(3)]
    assert parts == [2, 1, 0]


async def test_it_says_how_the_database_is(upkeep: UpkeepService) -> None:
    found = [finding async for finding in upkeep.findings()]
    assert [(each.level, each.words.partition(":")[0]) for each in found] == [
        (Level.GOOD, "database"),
        (Level.GOOD, "migrations"),
        (Level.WARNING, "role"),
    ]

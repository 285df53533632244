"""Where a change comes from: known to the session that makes it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.provenance import Provenance, mark, mark_account, provenance_of

SOURCE = Provenance(address="192.0.2.7", user_agent="A browser", request_id="abc")


def test_a_session_that_nobody_has_marked_comes_from_nowhere() -> None:
    assert provenance_of(AsyncSession()) == Provenance("", "", "", None)


def test_a_session_remembers_where_its_work_comes_from() -> None:
    session = AsyncSession()
    mark(session, SOURCE)
    assert provenance_of(session) is SOURCE
    assert provenance_of(AsyncSession()) == Provenance()


def test_whose_work_it_is_is_told_later_and_leaves_the_rest_as_it_was() -> None:
    session = AsyncSession()
    mark(session, SOURCE)
    mark_account(session, 7)
    assert provenance_of(session) == Provenance("192.0.2.7", "A browser", "abc", account_id=7)


def test_what_was_known_before_cannot_be_changed_from_elsewhere() -> None:
    one, other = AsyncSession(), AsyncSession()
    mark(one, SOURCE)
    mark(other, SOURCE)
    mark_account(one, 7)
    assert provenance_of(other).account_id is None

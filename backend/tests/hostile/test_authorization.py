"""Who may do what. The tables are the specification; every operation of the document is in one."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.keys import beginning_of, make_key
from app.core.policy import Role, Scope
from app.core.sealing import secret_hash
from app.core.services import Services
from app.models import ApiKey, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory
from tests.hostile.document import Operation
from tests.hostile.world import World, WorldMaker

# What everybody may do, and what is done with articles and one's own account. "author" owns what is
# asked for; "other" is an author of other things. "key" is the owner's key for reading and writing
# articles, "public" one for what is public, and "nokey" one for something else.
EVERYWHERE = """
                              anonymous reader other author editor admin inactive key public nokey
    auth_login                      200    200   200    200    200   200      200 200    200   200
    auth_second_factor              200    200   200    200    200   200      200 200    200   200
    auth_passkey_begin              200    200   200    200    200   200      200 200    200   200
    auth_passkey                    200    200   200    200    200   200      200 200    200   200
    auth_refresh                    200    200   200    200    200   200      200 200    200   200
    auth_logout                     204    204   204    204    204   204      204 403    403   403
    auth_logout_everywhere          401    204   204    204    204   204      401 403    403   403
    sessions_list                   401    200   200    200    200   200      401 403    403   403
    sessions_delete                 401    404   404    204    404   404      401 403    403   403
    auth_register                   201    201   201    201    201   201      401 201    201   201
    factors_read                    401    200   200    200    200   200      401 403    403   403
    totp_begin                      401    200   200    200    200   200      401 403    403   403
    totp_delete                     401    404   404    204    404   404      401 403    403   403
    totp_confirm                    401    400   400    200    400   400      401 403    403   403
    recovery_codes_create           401    400   400    200    400   400      401 403    403   403
    passkeys_begin                  401    200   200    200    200   200      401 403    403   403
    passkeys_list                   401    200   200    200    200   200      401 403    403   403
    passkeys_create                 401    400   400    201    400   400      401 403    403   403
    passkeys_read                   401    404   404    200    404   404      401 403    403   403
    passkeys_delete                 401    404   404    204    404   404      401 403    403   403
    passkeys_update                 401    404   404    200    404   404      401 403    403   403
    keys_list                       401    200   200    200    200   200      401 403    403   403
    keys_create                     401    201   201    201    201   201      401 403    403   403
    keys_read                       401    404   404    200    404   404      401 403    403   403
    keys_delete                     401    404   404    204    404   404      401 403    403   403
    auth_ask_for_verification       202    202   202    202    202   202      401 403    403   403
    auth_verify_email               204    204   204    204    204   204      204 204    204   204
    auth_change_email               204    204   204    204    204   204      204 204    204   204
    auth_forgot_password            202    202   202    202    202   202      202 202    202   202
    auth_reset_password             204    204   204    204    204   204      204 204    204   204
    oidc_read                       200    200   200    200    200   200      200 200    200   200
    oidc_start                      404    404   404    404    404   404      404 404    404   404
    oidc_callback                   404    404   404    404    404   404      404 404    404   404
    oidc_link                       401    404   404    404    404   404      401 403    403   403
    identities_list                 401    200   200    200    200   200      401 403    403   403
    identities_delete               401    404   404    204    404   404      401 403    403   403
    users_create                    201    201   201    201    201   201      401 201    201   201
    users_me                        401    200   200    200    200   200      401 403    403   403
    users_delete_me                 401    204   204    204    204   204      401 403    403   403
    users_update_me                 401    200   200    200    200   200      401 403    403   403
    users_read                      200    200   200    200    200   200      401 200    200   200
    users_activity                  401    200   200    200    200   200      401 403    403   403
    users_export                    401    200   200    200    200   200      401 403    403   403
    notifications_list              401    200   200    200    200   200      401 403    403   403
    notifications_unread_count      401    200   200    200    200   200      401 403    403   403
    notifications_mark_read         401    204   204    204    204   204      401 403    403   403
    notifications_settings_read     401    200   200    200    200   200      401 403    403   403
    notifications_settings_update   401    200   200    200    200   200      401 403    403   403
    invitations_accept              201    201   201    201    201   201      201 201    201   201
    articles_list                   200    200   200    200    200   200      401 200    200   403
    articles_create                 401    403   201    201    201   201      401 201    403   403
    users_articles_list             200    200   200    200    200   200      401 200    200   403
    articles_read                   200    200   200    200    200   200      401 200    200   403
    articles_delete                 401    403   403    204    204   204      401 204    403   403
    articles_update                 401    403   403    200    200   200      401 200    403   403
    articles_undelete               401    404   404    200    200   200      401 200    403   403
    articles_publish                401    403   403    200    200   200      401 200    403   403
    articles_discard_draft          401    403   403    204    204   204      401 204    403   403
    previews_list                   401    403   403    200    200   200      401 200    403   403
    previews_create                 401    403   403    201    201   201      401 201    403   403
    previews_read                   401    403   403    200    200   200      401 200    403   403
    previews_delete                 401    403   403    204    204   204      401 204    403   403
    revisions_list                  401    403   403    200    200   200      401 200    403   403
    revisions_diff                  401    403   403    200    200   200      401 200    403   403
    revisions_read                  401    403   403    200    200   200      401 200    403   403
    revisions_restore               401    403   403    200    200   200      401 200    403   403
    series_list                     200    200   200    200    200   200      401 200    200   403
    series_create                   401    403   201    201    201   201      401 201    403   403
    series_read                     200    200   200    200    200   200      401 200    200   403
    series_delete                   401    403   403    204    204   204      401 204    403   403
    series_update                   401    403   403    200    200   200      401 200    403   403
    series_order                    401    403   403    200    200   200      401 200    403   403
    site_read                       200    200   200    200    200   200      200 200    200   200
    tags_list                       200    200   200    200    200   200      401 200    200   403
    tags_create                     401    403   403    403    201   201      401 403    403   403
    tags_read                       200    200   200    200    200   200      401 200    200   403
    tags_delete                     401    403   403    403    204   204      401 403    403   403
    tags_update                     401    403   403    403    200   200      401 403    403   403
    tags_merge                      401    403   403    403    200   200      401 403    403   403
    search_articles                 200    200   200    200    200   200      200 200    200   200
    search_facets                   200    200   200    200    200   200      200 200    200   200
    search_suggest                  200    200   200    200    200   200      200 200    200   200
    redirects_list                  200    200   200    200    200   200      200 200    200   200
    archive_read                    200    200   200    200    200   200      200 200    200   200
    articles_batch                  401    403   403    200    200   200      401 200    403   403
    articles_favorite               401    200   200    200    200   200      401 403    403   403
    articles_unfavorite             401    200   200    200    200   200      401 403    403   403
    articles_bookmark               401    200   200    200    200   200      401 403    403   403
    articles_unbookmark             401    200   200    200    200   200      401 403    403   403
    bookmarks_list                  401    200   200    200    200   200      401 403    403   403
    users_follow                    401    200   200    400    200   200      401 403    403   403
    users_unfollow                  401    200   200    400    200   200      401 403    403   403
    followers_list                  200    200   200    200    200   200      200 200    200   200
    following_list                  200    200   200    200    200   200      200 200    200   200
    tags_follow                     401    200   200    200    200   200      401 403    403   403
    tags_unfollow                   401    200   200    200    200   200      401 403    403   403
    followed_tags_list              401    200   200    200    200   200      401 403    403   403
    feed_list                       401    200   200    200    200   200      401 403    403   403
    feed_unread_count               401    200   200    200    200   200      401 403    403   403
    feed_mark_seen                  401    200   200    200    200   200      401 403    403   403
    comments_list                   200    200   200    200    200   200      401 200    200   403
    comments_create                 401    201   201    201    201   201      401 201    403   403
    comments_queue                  401    200   200    200    200   200      401 200    403   403
    comments_read                   200    200   200    200    200   200      401 200    200   403
    comments_update                 401    403   403    200    200   200      401 200    403   403
    comments_delete                 401    403   403    204    204   204      401 204    403   403
    replies_list                    200    200   200    200    200   200      401 200    200   403
    comments_moderate               401    403   403    200    200   200      401 200    403   403
    comments_report                 401    204   204    204    204   204      401 204    403   403
    comment_reports_list            401    403   403    200    200   200      401 200    403   403
    index                           200    200   200    200    200   200      200 200    200   200
    health_live                     200    200   200    200    200   200      200 200    200   200
    health                          200    200   200    200    200   200      200 200    200   200
    health_ready                    200    200   200    200    200   200      200 200    200   200
"""

# What is done with other people and the site. "adminkey" is an administrator's key for that, and
# "noadminkey" the same person's for articles; "key" is an author's, as above.
ADMINISTERING = """
                       anonymous reader other author editor admin inactive adminkey noadminkey key
    users_list               401    403   403    403    403   200      401      200        403 403
    users_update             401    403   403    403    403   200      401      200        403 403
    users_hand_over          401    403   403    403    403   200      401      200        403 403
    audit_list               401    403   403    403    403   200      401      200        403 403
    invitations_list         401    403   403    403    200   200      401      200        403 403
    invitations_create       401    403   403    403    201   201      401      201        403 403
    invitations_read         401    403   403    403    404   200      401      200        403 403
    invitations_delete       401    403   403    403    404   204      401      204        403 403
    site_update              401    403   403    403    403   200      401      200        403 403
"""

ON_A_DRAFT = """
                           anonymous reader other author editor admin inactive key public nokey
    articles_read                404    404   404    200    200   200      401 200    404   403
    articles_delete              401    404   404    204    204   204      401 204    403   403
    articles_update              401    404   404    200    200   200      401 200    403   403
    articles_publish             401    404   404    200    200   200      401 200    403   403
    articles_discard_draft       401    404   404    204    204   204      401 204    403   403
    previews_list                401    404   404    200    200   200      401 200    403   403
    previews_create              401    404   404    201    201   201      401 201    403   403
    previews_read                401    404   404    200    200   200      401 200    403   403
    previews_delete              401    404   404    204    204   204      401 204    403   403
    revisions_list               401    404   404    200    200   200      401 200    403   403
    revisions_diff               401    404   404    200    200   200      401 200    403   403
    revisions_read               401    404   404    200    200   200      401 200    403   403
    revisions_restore            401    404   404    200    200   200      401 200    403   403
    series_read                  404    404   404    200    200   200      401 200    404   403
    series_delete                401    404   404    204    204   204      401 204    403   403
    series_update                401    404   404    200    200   200      401 200    403   403
    series_order                 401    404   404    200    200   200      401 200    403   403
    tags_read                    404    404   404    404    200   200      401 404    404   403
    articles_batch               401    404   404    200    200   200      401 200    403   403
    articles_favorite            401    404   404    200    200   200      401 403    403   403
    articles_unfavorite          401    404   404    200    200   200      401 403    403   403
    articles_bookmark            401    404   404    200    403   403      401 403    403   403
    articles_unbookmark          401    404   404    200    200   200      401 403    403   403
    tags_follow                  401    404   404    404    200   200      401 403    403   403
    tags_unfollow                401    404   404    404    200   200      401 403    403   403
    comments_list                404    404   404    200    200   200      401 200    404   403
    comments_create              401    404   404    400    400   400      401 400    403   403
    comments_read                404    404   404    200    200   200      401 200    404   403
    comments_update              401    404   404    200    200   200      401 200    403   403
    comments_delete              401    404   404    204    204   204      401 204    403   403
    replies_list                 404    404   404    200    200   200      401 200    404   403
    comments_moderate            401    404   404    200    200   200      401 200    403   403
    comments_report              401    404   404    204    204   204      401 204    403   403
    comment_reports_list         401    404   404    200    200   200      401 200    403   403
"""

IN_THE_BIN = """
                           anonymous reader other author editor admin inactive key public nokey
    articles_read                404    404   404    200    200   200      401 200    404   403
    articles_delete              401    404   404    404    404   404      401 404    403   403
    articles_update              401    404   404    404    404   404      401 404    403   403
    articles_publish             401    404   404    404    404   404      401 404    403   403
    articles_discard_draft       401    404   404    404    404   404      401 404    403   403
    previews_list                401    404   404    404    404   404      401 404    403   403
    previews_create              401    404   404    404    404   404      401 404    403   403
    previews_read                401    404   404    404    404   404      401 404    403   403
    previews_delete              401    404   404    404    404   404      401 404    403   403
    revisions_list               401    404   404    200    200   200      401 200    403   403
    revisions_diff               401    404   404    200    200   200      401 200    403   403
    revisions_read               401    404   404    200    200   200      401 200    403   403
    revisions_restore            401    404   404    404    404   404      401 404    403   403
    series_read                  404    404   404    200    200   200      401 200    404   403
    series_delete                401    404   404    204    204   204      401 204    403   403
    series_update                401    404   404    200    200   200      401 200    403   403
    series_order                 401    404   404    422    422   422      401 422    403   403
    tags_read                    404    404   404    404    200   200      401 404    404   403
    articles_batch               401    404   404    404    404   404      401 404    403   403
    articles_favorite            401    404   404    404    404   404      401 403    403   403
    articles_unfavorite          401    404   404    404    404   404      401 403    403   403
    articles_bookmark            401    404   404    404    404   404      401 403    403   403
    articles_unbookmark          401    404   404    404    404   404      401 403    403   403
    tags_follow                  401    404   404    404    200   200      401 403    403   403
    tags_unfollow                401    404   404    404    200   200      401 403    403   403
    comments_list                404    404   404    200    200   200      401 200    404   403
    comments_create              401    404   404    404    404   404      401 404    403   403
    comments_read                404    404   404    200    200   200      401 200    404   403
    comments_update              401    404   404    404    404   404      401 404    403   403
    comments_delete              401    404   404    404    404   404      401 404    403   403
    replies_list                 404    404   404    200    200   200      401 200    404   403
    comments_moderate            401    404   404    404    404   404      401 404    403   403
    comments_report              401    404   404    404    404   404      401 404    403   403
    comment_reports_list         401    404   404    200    200   200      401 200    403   403
"""


Callers = Mapping[str, dict[str, str]]
Statuses = dict[str, dict[str, int]]

ARTICLES = (Scope.ARTICLES_READ, Scope.ARTICLES_WRITE)
ADMINISTRATION = (Scope.ADMIN,)
OF_NO_USE = (Scope.MEDIA_WRITE,)


def _expected(table: str) -> Statuses:
    heading, *rows = (line.split() for line in table.strip().splitlines())
    return {name: dict(zip(heading, map(int, row), strict=True)) for name, *row in rows}


class Sweep:
    """Does what the document's examples say, as each caller, and takes it back."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        connection: AsyncConnection,
        make: Factory,
        sign_in: SignIn,
        services: Services,
    ) -> None:
        self._client = client
        self._connection = connection
        self._make = make
        self._sign_in = sign_in
        self._services = services

    async def answered(self, world: World, table: str) -> Statuses:
        """Return what each caller of a table is answered to each of its operations."""
        expected = _expected(table)
        callers = await self._callers(world)
        return {
            operation.id: {
                name: await self._status(operation, callers[name])
                for name in expected[operation.id]
            }
            for operation in world.operations
            if operation.id in expected
        }

    async def _callers(self, world: World) -> Callers:
        """Return the headers of each column."""
        make, sign_in = self._make, self._sign_in
        return {
            "anonymous": {},
            "reader": sign_in(await make.user(Role.READER)),
            "other": sign_in(await make.user(Role.AUTHOR)),
            "author": sign_in(world.author),
            "editor": sign_in(await make.user(Role.EDITOR)),
            "admin": sign_in(world.admin),
            "inactive": sign_in(await make.user(Role.ADMIN, is_active=False)),
            "key": await self._key(world.author, ARTICLES),
            "public": await self._key(world.author, (Scope.PUBLIC_READ,)),
            "nokey": await self._key(world.author, OF_NO_USE),
            "adminkey": await self._key(world.admin, ADMINISTRATION),
            "noadminkey": await self._key(world.admin, (*ARTICLES, *OF_NO_USE)),
        }

    async def _key(self, owner: User, scopes: Sequence[Scope]) -> dict[str, str]:
        secret = make_key()
        row = ApiKey(
            user_id=owner.id, name="A machine", prefix=beginning_of(secret),
            secret_hash=secret_hash(secret), scopes=list(scopes),
            created_at=self._services.clock(), last_used_at=self._services.clock(),
        )  # fmt: skip
        async with self._services.sessions.begin() as session:
            session.add(row)
        return {"Authorization": f"Bearer {secret}"}

    async def _status(self, operation: Operation, signed_in: dict[str, str]) -> int:
        ask = operation.ask()
        headers = {name.decode(): value.decode() for name, value in ask.headers} | signed_in
        async with self._connection.begin_nested() as savepoint:
            answer = await self._client.request(
                ask.method,
                f"{ask.path.decode()}?{ask.query.decode()}",
                headers=headers,
                content=ask.body,
            )
            await savepoint.rollback()
        self._client.cookies.clear()
        return answer.status_code


@pytest.fixture
def sweep(
    client: httpx.AsyncClient,
    connection: AsyncConnection,
    make: Factory,
    sign_in: SignIn,
    services: Services,
) -> Sweep:
    """The way to ask for everybody."""
    return Sweep(client, connection, make, sign_in, services)


def test_every_operation_is_in_one_table_and_every_row_is_one(world: World) -> None:
    rows = [*_expected(EVERYWHERE), *_expected(ADMINISTERING)]
    assert sorted(rows) == sorted(operation.id for operation in world.operations)


@pytest.mark.parametrize("table", [EVERYWHERE, ADMINISTERING], ids=["everywhere", "administering"])
async def test_every_operation_serves_whom_the_table_says(
    world: World, sweep: Sweep, table: str
) -> None:
    assert await sweep.answered(world, table) == _expected(table)


@pytest.mark.parametrize(
    ("table", "article"),
    [
        (ON_A_DRAFT, {"published": False, "published_at": None}),
        (IN_THE_BIN, {"deleted_at": EARLY_2026}),
    ],
    ids=["a draft", "in the bin"],
)
async def test_what_is_not_public_exists_only_for_its_authors_and_editors(
    worlds: WorldMaker, sweep: Sweep, table: str, article: dict[str, Any]
) -> None:
    assert await sweep.answered(await worlds.world(**article), table) == _expected(table)

"""since when the articles that are there are public, a few at a time, and indexes of it.

Revises: d41e7a60c9b8
"""

import sqlalchemy as sa
from alembic import context, op

revision = "6e2b95d0f3a4"
down_revision = "d41e7a60c9b8"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_article_tags_public": ("article_tags", "tag_id"),
    "ix_article_authors_public": ("article_authors", "user_id"),
}
# The articles of a batch are locked, so that nobody publishes or hides one of them between its
# being looked at and its being written beside. Each batch commits at once.
FILL = """
    UPDATE {table} SET public_at = published_at
    FROM (
        SELECT id, published_at FROM articles
        WHERE published AND deleted_at IS NULL AND {which}
        ORDER BY id FOR NO KEY UPDATE
    ) AS public
    WHERE article_id = public.id AND public_at IS DISTINCT FROM published_at
"""
LAST_OF_BATCH = """
    SELECT max(id) FROM (SELECT id FROM articles WHERE id > {after} ORDER BY id LIMIT 2000) AS batch
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _fill()
        for name, (table, column) in INDEXES.items():
            # What an interrupted build left behind is invalid, and stands in the way of the next.
            _drop(name, table)
            op.create_index(
                name,
                table,
                [column, "public_at", "article_id"],
                postgresql_where=sa.text("public_at IS NOT NULL"),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, _) in INDEXES.items():
            _drop(name, table)


def _fill() -> None:
    tables = [table for table, _ in INDEXES.values()]
    if context.is_offline_mode():
        for table in tables:
            op.execute(FILL.format(table=table, which="true"))
        return
    after = 0
    while last := op.get_bind().scalar(sa.text(LAST_OF_BATCH.format(after=after))):
        for table in tables:
            op.execute(FILL.format(table=table, which=f"id > {after} AND id <= {last}"))
        after = last


def _drop(name: str, table: str) -> None:
    op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)

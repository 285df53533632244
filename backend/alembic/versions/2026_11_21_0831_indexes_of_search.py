"""indexes of titles and names, and the words of the articles that are there, a few at a time.

Revises: 5e0c7b83d9f1
"""

import sqlalchemy as sa
from alembic import context, op

revision = "c94f1a6be027"
down_revision = "5e0c7b83d9f1"
branch_labels = None
depends_on = None

# To set the words is to have them made anew (see the trigger). Each batch commits at once, so an
# author waits for no more than the writing of 500 articles, and an interrupted run begins again.
REFRESH = "UPDATE articles SET words = ''"
LAST_OF_BATCH = """
    SELECT max(id) FROM (SELECT id FROM articles WHERE id > {after} ORDER BY id LIMIT 500) AS batch
"""


# What readers begin to type is looked for in these, as it is written and whatever its accents.
WORDS_OF = {
    ("ix_articles_public_titles", "articles"): "title",
    ("ix_tags_words", "tags"): "name",
    ("ix_users_words", "users"): (
        "translate(username, '._-', '   ') || ' ' || coalesce(full_name, '')"
    ),
}
ONLY = {"articles": sa.text("published AND deleted_at IS NULL")}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for (name, table), words in WORDS_OF.items():
            # What an interrupted build left behind is invalid, and stands in the way of the next.
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
            op.create_index(
                name,
                table,
                [sa.literal_column(f"to_tsvector('public.galley_simple', {words})")],
                postgresql_using="gin",
                postgresql_where=ONLY.get(table),
                postgresql_concurrently=True,
                if_not_exists=True,
            )
        _refresh()


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table in WORDS_OF:
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


def _refresh() -> None:
    if context.is_offline_mode():
        op.execute(REFRESH)
        return
    after = 0
    while last := op.get_bind().scalar(sa.text(LAST_OF_BATCH.format(after=after))):
        op.execute(f"{REFRESH} WHERE id > {after} AND id <= {last}")
        after = last

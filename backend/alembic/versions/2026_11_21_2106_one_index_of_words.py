"""words have one index, which has another as its end and serves in its place.

It is dropped apart from the building of the other one: readers in the way have only this tried
again, and there is always one that is whole.

Revises: a9d4e1f07b36
"""

from alembic import op

revision = "c5f07e92d81b"
down_revision = "a9d4e1f07b36"
branch_labels = None
depends_on = None

INDEX = "ix_articles_words"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _drop()


def downgrade() -> None:
    with op.get_context().autocommit_block():
        # What an interrupted build left behind is invalid, and stands in the way of the next.
        _drop()
        op.create_index(
            INDEX,
            "articles",
            ["words"],
            postgresql_using="gin",
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def _drop() -> None:
    op.drop_index(INDEX, "articles", postgresql_concurrently=True, if_exists=True)

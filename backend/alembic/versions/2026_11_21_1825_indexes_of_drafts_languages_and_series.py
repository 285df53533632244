"""indexes of drafts, and of what is public in each language and series.

Revises: 83c6f1d2e5a0
"""

import sqlalchemy as sa
from alembic import op

revision = "f3b8d2a71c64"
down_revision = "83c6f1d2e5a0"
branch_labels = None
depends_on = None

INDEXES: dict[str, tuple[list[str | sa.ColumnElement[object]], str]] = {
    "ix_articles_drafts": (
        [sa.literal_column("coalesce(published_at, created_at)"), "id"],
        "NOT published AND deleted_at IS NULL",
    ),
    "ix_articles_public_in": (
        ["locale", "published_at", "id"],
        "published AND deleted_at IS NULL",
    ),
    "ix_articles_public_series": (
        ["series_id", "published_at", "id"],
        "published AND deleted_at IS NULL AND series_id IS NOT NULL",
    ),
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (columns, where) in INDEXES.items():
            # What an interrupted build left behind is invalid, and stands in the way of the next.
            _drop(name)
            op.create_index(
                name,
                "articles",
                columns,
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            _drop(name)


def _drop(name: str) -> None:
    op.drop_index(name, "articles", postgresql_concurrently=True, if_exists=True)

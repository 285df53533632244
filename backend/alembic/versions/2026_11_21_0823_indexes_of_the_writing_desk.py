"""indexes of the writing desk, without stopping anybody.

Revises: 32802c724cfe
"""

import sqlalchemy as sa
from alembic import op

revision = "8c1d5f20ab34"
down_revision = "32802c724cfe"
branch_labels = None
depends_on = None

MARKS = ("featured", "pinned")


def upgrade() -> None:
    op.execute("ALTER TABLE articles VALIDATE CONSTRAINT ck_articles_content_format_known")
    op.execute("ALTER TABLE articles VALIDATE CONSTRAINT fk_articles_series_id_series")
    with op.get_context().autocommit_block():
        _index("ix_articles_deleted_at", ["deleted_at"], where="deleted_at IS NOT NULL")
        _index(
            "ix_articles_public", ["published_at", "id"], where="published AND deleted_at IS NULL"
        )
        for mark in MARKS:
            _index(
                f"ix_articles_{mark}",
                ["published_at", "id"],
                where=f"{mark} AND published AND deleted_at IS NULL",
            )
        _index("ix_articles_series_id_series_position_id", ["series_id", "series_position", "id"])
        _index(
            "uq_articles_translation_group_locale",
            ["translation_group", "locale"],
            where="deleted_at IS NULL",
            unique=True,
        )
        _drop("ix_articles_published_dated_at_id")
        _drop("ix_articles_tags")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _index("ix_articles_tags", ["tags"], using="gin")
        _index(
            "ix_articles_published_dated_at_id",
            [sa.literal_column("coalesce(published_at, created_at)"), "id"],
            where="published",
        )
        _drop("ix_articles_deleted_at")
        _drop("ix_articles_public")
        for mark in MARKS:
            _drop(f"ix_articles_{mark}")
        _drop("ix_articles_series_id_series_position_id")
        _drop("uq_articles_translation_group_locale")


def _index(
    name: str,
    columns: list[str | sa.ColumnElement[object]],
    *,
    where: str | None = None,
    unique: bool = False,
    using: str | None = None,
) -> None:
    # What an interrupted build left behind is invalid, and stands in the way of the next.
    _drop(name)
    op.create_index(
        name,
        "articles",
        columns,
        unique=unique,
        postgresql_where=where and sa.text(where),
        postgresql_using=using,
        postgresql_concurrently=True,
        if_not_exists=True,
    )


def _drop(name: str) -> None:
    op.drop_index(name, "articles", postgresql_concurrently=True, if_exists=True)

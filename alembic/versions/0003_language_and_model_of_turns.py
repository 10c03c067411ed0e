"""A turn tells the language heard, the model that answered, and what failed on the way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("turns", sa.Column("language_probability", sa.Double(), nullable=True))
    # Of older turns it is not known who thought them up; none of them tells of faults. The
    # defaults stay, so that a process of the release before can still write while it drains.
    op.add_column(
        "turns", sa.Column("model", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "turns",
        sa.Column(
            "faults",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("turns", "faults")
    op.drop_column("turns", "model")
    op.drop_column("turns", "language_probability")
    op.drop_column("turns", "language")

"""A number may have an outbound script of its own, and a brand may have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("numbers", sa.Column("outbound_script", sa.Text(), nullable=True))
    op.alter_column("brands", "outbound_script", existing_type=sa.Text(), nullable=True)


def downgrade() -> None:
    # The older tables need some name there; the brand's own other script is the nearest.
    op.execute("UPDATE brands SET outbound_script = inbound_script WHERE outbound_script IS NULL")
    op.alter_column("brands", "outbound_script", existing_type=sa.Text(), nullable=False)
    op.drop_column("numbers", "outbound_script")

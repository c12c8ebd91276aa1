"""Which devices used a token is read from an index alone."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_history_customer_id_token_id", "history")
    op.create_index(
        "ix_history_customer_id_token_id",
        "history",
        ["customer_id", "token", "id", "result", "device_id"],
    )

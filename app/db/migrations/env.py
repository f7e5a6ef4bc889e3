"""Alembic's entry: one transaction for the whole upgrade, so that a migration that fails half-way leaves nothing."""

from alembic import context
from sqlalchemy import Connection

from app.db.models import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=False,
    compare_type=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()

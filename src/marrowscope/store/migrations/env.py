"""What Alembic runs: the steps, on the connection and in the transaction that it is handed."""

from alembic import context

from marrowscope.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite can undo a change of tables: a step that fails or is cut off leaves nothing behind.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

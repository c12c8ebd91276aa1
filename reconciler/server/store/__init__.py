"""Tables and statements: SQLAlchemy Core on SQLite and PostgreSQL."""

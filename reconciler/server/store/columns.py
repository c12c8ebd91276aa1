"""What tables are made of, for SQLite and PostgreSQL.

Times are milliseconds since 1970, UTC; texts sort by bytes.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
NO_CUSTOMER = ""
"""The customer id of events and requests that belong to no customer."""

metadata = MetaData(naming_convention=NAMING)

LONG = 1_000_000


def text_type() -> TypeEngine[str]:
    """Text that both databases sort by code points."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def whole_type() -> TypeEngine[int]:
    """64 bits; strict SQLite tables know the name INTEGER only."""
    return BigInteger().with_variant(Integer(), "sqlite")


def whole(name: str, *, null: bool = False) -> Column[int]:
    """A column of whole numbers."""
    return Column(name, whole_type(), nullable=null)


class Columns:
    """Columns of one table, together with the checks of what may stand in them."""

    def __init__(self) -> None:
        self.checks: list[SchemaItem] = []

    def text(self, name: str, longest: int, *, null: bool = False) -> Column[str]:
        """A text of at most so many characters."""
        self.checks.append(CheckConstraint(f"length({name}) <= {longest}", name=name))
        return Column(name, text_type(), nullable=null)

    def choice(self, name: str, *values: str, null: bool = False) -> Column[str]:
        """One of these texts."""
        listed = ", ".join(f"'{value}'" for value in values)
        self.checks.append(CheckConstraint(f"{name} IN ({listed})", name=name))
        return Column(name, text_type(), nullable=null)

    def count(self, name: str) -> Column[int]:
        """A number that is never below nothing."""
        self.checks.append(CheckConstraint(f"{name} >= 0", name=name))
        return whole(name)

    def switch(self, name: str) -> Column[int]:
        """Yes or no, as 1 or 0."""
        self.checks.append(CheckConstraint(f"{name} IN (0, 1)", name=name))
        return Column(name, whole_type(), nullable=False)


def table(name: str, columns: Columns, *items: SchemaItem) -> Table:
    """A table with its checks."""
    return Table(name, metadata, *items, *columns.checks, sqlite_strict=True)


def stamps(columns: Columns) -> tuple[SchemaItem, ...]:
    """When a row was declared, from which place in a repository, and what a search sees."""
    return (
        columns.text("source", 512, null=True),
        whole("created_at"),
        whole("updated_at"),
        whole("version"),
        columns.text("search", LONG * 200),
    )


def of_customer() -> ForeignKeyConstraint:
    """The rows belong to a customer."""
    return ForeignKeyConstraint(["customer_id"], ["customer.id"])

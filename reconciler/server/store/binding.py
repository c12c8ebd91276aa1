"""A transaction's connection together with the customer that all its statements are for."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, Connection, select, true
from sqlalchemy.sql.schema import Column

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.store.schema import NO_CUSTOMER, customer
from reconciler.server.usecases.ports import Reach, Tenant


@dataclass(frozen=True)
class Binding:
    """Stores get their rows' condition from here and nowhere else."""

    connection: Connection
    tenant: Tenant

    def owns(self, column: Column[str]) -> ColumnElement[bool]:
        """The condition that a row belongs to this transaction's tenant."""
        if isinstance(self.tenant, CustomerRef):
            return column == self.tenant.id
        if self.tenant is Reach.EVERYONE:
            return true()
        return column.is_(None) if column.nullable else column == NO_CUSTOMER

    @property
    def customer_id(self) -> str | None:
        """The id that new rows get; None for the vendor's own.

        Raises:
            TypeError: nobody writes for every customer at once.
        """
        if isinstance(self.tenant, CustomerRef):
            return self.tenant.id
        if self.tenant is Reach.VENDOR:
            return None
        message = "a transaction for every customer only reads"
        raise TypeError(message)

    @cached_property
    def customers(self) -> dict[str, CustomerRef]:
        """The customers whose rows may show up, by id."""
        if isinstance(self.tenant, CustomerRef):
            return {self.tenant.id: self.tenant}
        rows = self.connection.execute(select(customer.c.id, customer.c.code, customer.c.name))
        return {row.id: CustomerRef(row.id, row.code, row.name) for row in rows}

    def code(self, customer_id: str | None) -> str | None:
        """The code that a row's customer shows as."""
        return self.customers[customer_id].code if customer_id else None

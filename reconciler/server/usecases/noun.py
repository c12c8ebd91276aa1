"""Calls that every declared kind has: get, list, stream, put, delete."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.change_set import Content, KindName, Operation
from reconciler.server.domain.listing import ListFields, ListQuery, Page, check_query
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.changes import PERMISSIONS, Act, is_name
from reconciler.server.usecases.ports import Declared, Tenant, Transaction, World
from reconciler.server.usecases.scope import home, missing, owner, reach, streamed

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Noun(Generic[Row]):
    """What tells one kind's calls from another's; `key` folds a name that passed its check."""

    kind: KindName
    permission: Permission
    fields: ListFields
    rows: Callable[[Transaction], Declared[Row]]
    key: Callable[[str], str]

    def get(self, world: World, caller: Caller, name: str, customer: str | None) -> Row:
        """The object of this name. Raises FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED."""
        caller.require(self.permission)
        if not is_name(self.kind, name):
            raise missing()
        return self.find(world, owner(world, caller, customer, self.holders(name)), name)

    def find(self, world: World, tenant: Tenant, name: str) -> Row:
        """The object of this name within a reach. Raises NOT_FOUND."""
        key = self.key(name)
        with world.store.read(tenant) as tx:
            row = self.rows(tx).find([key]).get(key)
        if row is None:
            raise missing()
        return row

    def page(self, world: World, caller: Caller, query: ListQuery) -> Page[Row]:
        """One page. Raises FORBIDDEN, VALIDATION."""
        tenant = self._reach(world, caller, query)
        with world.store.read(tenant) as tx:
            return self.rows(tx).page(query)

    def stream(self, world: World, caller: Caller, query: ListQuery) -> Iterator[Row]:
        """Every row; refuses at once, reads while it is iterated. Raises as `page`."""
        tenant = self._reach(world, caller, query)
        return streamed(world, tenant, lambda tx: self.rows(tx).stream(query))

    def put(
        self, world: World, caller: Caller, operation: Operation, how: Circumstances
    ) -> Written[Row]:
        """Create or replace. Raises as `apply_changes`."""
        caller.require(PERMISSIONS[self.kind])
        tenant = home(world, caller, how.customer, self.holders(operation.name))
        outcome = Act(world, caller, tenant).single(operation, dry_run=how.dry_run)
        return Written(outcome.result, cast("Row", outcome.row))

    def delete(
        self, world: World, caller: Caller, name: str, how: Circumstances, *, force: bool = False
    ) -> Written[Row]:
        """Delete; answers the row as it was. Raises as `apply_changes`."""
        caller.require(PERMISSIONS[self.kind])
        if not is_name(self.kind, name):
            raise missing()
        tenant = owner(world, caller, how.customer, self.holders(name))
        operation = replace(self.operation(name, None, how), force=force)
        outcome = Act(world, caller, tenant).single(operation, dry_run=how.dry_run)
        return Written(outcome.result, cast("Row", outcome.row))

    def operation(self, name: str, content: Content | None, how: Circumstances) -> Operation:
        """The operation that a single call is."""
        return Operation(
            self.kind, name, content, how.precondition, how.source, invites=how.invites
        )

    def holders(self, name: str) -> Callable[[Transaction], Sequence[CustomerRef]]:
        """Finds the customers that have an object of this name."""
        if not is_name(self.kind, name):
            return lambda _tx: ()
        return lambda tx: self.rows(tx).holders(self.key(name))

    def _reach(self, world: World, caller: Caller, query: ListQuery) -> Tenant:
        caller.require(self.permission)
        check_query(query, self.fields)
        return reach(world, caller, query.customer)

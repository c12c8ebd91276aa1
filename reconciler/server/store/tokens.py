"""Tokens in SQL, and the table that keeps their names unique on the whole server."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.server.domain import listing
from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.footprint import Use
from reconciler.server.domain.history import Result
from reconciler.server.domain.identifiers import first_id, milliseconds, moment
from reconciler.server.domain.names import fold
from reconciler.server.domain.token import Token
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import history
from reconciler.server.store.listing import Listed, chunks
from reconciler.server.store.rows import DeclaredRows, Shape
from reconciler.server.store.schema import bootstrap, token_owner
from reconciler.server.store.schema import token as table
from reconciler.server.usecases.ports import StaleWriteError


class TokenRows(DeclaredRows[Token]):
    """The `Tokens` port."""

    def __init__(self, binding: Binding) -> None:
        super().__init__(binding, _SHAPE)

    def insert(self, rows: Sequence[Token]) -> None:
        """Store new tokens; their names are taken on the whole server first."""
        if not rows:
            return
        owner = self._binding.customer_id
        names = [{"name_key": fold(row.name), "customer_id": owner} for row in rows]
        try:
            self._binding.connection.execute(insert(token_owner), names)
        except IntegrityError as error:
            message = "token: a name was taken meanwhile"
            raise StaleWriteError(message) from error
        super().insert(rows)

    def delete(self, rows: Sequence[Token]) -> None:
        """Remove tokens and free their names."""
        super().delete(rows)
        for part in chunks([fold(row.name) for row in rows]):
            self._binding.connection.execute(
                delete(token_owner).where(
                    token_owner.c.name_key.in_(part),
                    self._binding.owns(token_owner.c.customer_id),
                )
            )

    def stamp_uses(self, uses: Mapping[str, int], now: datetime) -> None:
        """Count uses by key; no part of the version."""
        if uses:
            rows = [{"key": key, "uses": number} for key, number in uses.items()]
            self._binding.connection.execute(
                update(table)
                .where(
                    self._binding.owns(table.c.customer_id), table.c.name_key == bindparam("key")
                )
                .values(
                    last_used_at=milliseconds(now), use_count=table.c.use_count + bindparam("uses")
                ),
                rows,
            )

    def taken_elsewhere(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of the keys that another customer has."""
        own = self._binding.customer_id
        return [
            row.name_key
            for part in chunks(keys)
            for row in self._binding.connection.execute(
                select(token_owner.c.name_key).where(
                    token_owner.c.name_key.in_(part), token_owner.c.customer_id != own
                )
            )
        ]

    def of_bootstraps(self, names: Sequence[str]) -> Sequence[Token]:
        """The tokens that deliver any of these bootstraps, by name."""
        listed = _listed(self._binding)
        found = [
            listed.read(row)
            for part in chunks(names)
            for row in self._binding.connection.execute(
                listed.statement.where(table.c.bootstrap.in_(part))
            )
        ]
        return sorted(found, key=lambda row: row.name)

    def uses(self, since: datetime) -> Sequence[Use]:
        """Each device with each token that exists and served it from `since` on, once."""
        served = (history.c.customer_id == table.c.customer_id) & (history.c.token == table.c.name)
        rows = self._binding.connection.execute(
            select(history.c.device_id, table.c.name, table.c.bootstrap)
            .join_from(table, history, served)
            .where(
                self._binding.owns(table.c.customer_id),
                self._binding.owns(history.c.customer_id),
                history.c.id >= first_id(since),
                history.c.result == str(Result.OK),
                history.c.device_id.is_not(None),
            )
            .distinct()
        )
        return [Use(row.device_id, row.name, row.bootstrap) for row in rows]


_COLUMNS: Final = {
    "name": table.c.name,
    "appId": table.c.app_id,
    "bootstrap": table.c.bootstrap,
    "description": table.c.description,
    "createdAt": table.c.created_at,
    "updatedAt": table.c.updated_at,
    "lastUsedAt": table.c.last_used_at,
    "useCount": table.c.use_count,
    "version": table.c.version,
}
_DELIVERED: Final = (table.c.customer_id == bootstrap.c.customer_id) & (
    table.c.bootstrap == bootstrap.c.name
)


def _listed(binding: Binding) -> Listed[Token]:
    def read(row: Row[Any]) -> Token:
        return Token(
            customer=binding.customers[row.customer_id].code,
            name=row.name,
            app_id=AppId(row.app_id),
            bootstrap=row.bootstrap,
            description=row.description,
            text=row.text,
            source=row.source,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
            updated_by=row.updated_by,
            last_used_at=None if row.last_used_at is None else moment(row.last_used_at),
            use_count=row.use_count,
            version=row.version,
        )

    return Listed(
        statement=select(
            table.c.customer_id,
            table.c.source,
            table.c.updated_by,
            bootstrap.c.text,
            *_COLUMNS.values(),
        )
        .join_from(table, bootstrap, _DELIVERED)
        .where(binding.owns(table.c.customer_id), binding.owns(bootstrap.c.customer_id)),
        fields=listing.TOKENS,
        columns=_COLUMNS,
        folded={"name": table.c.name_key},
        search=table.c.search,
        key=(table.c.customer_id, table.c.name_key),
        read=read,
    )


def _values(row: Token) -> Mapping[str, object]:
    return {
        "name_key": fold(row.name),
        "name": row.name,
        "app_id": str(row.app_id),
        "bootstrap": row.bootstrap,
        "description": row.description,
        "source": row.source,
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
        "updated_by": row.updated_by,
        "version": row.version,
        "search": f"{row.name}\n{row.app_id}\n{row.bootstrap}\n{row.description}".lower(),
        "last_used_at": None if row.last_used_at is None else milliseconds(row.last_used_at),
        "use_count": row.use_count,
    }


_SHAPE = Shape(
    table, table.c.name_key, _values, _listed, frozenset({"last_used_at", "use_count", "name"})
)

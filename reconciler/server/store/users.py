"""Portal users in SQL; login names and addresses are unique on the whole server."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from reconciler.server.domain import listing
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.names import fold
from reconciler.server.domain.roles import Role
from reconciler.server.domain.user import User, UserStatus
from reconciler.server.store.binding import Binding
from reconciler.server.store.listing import Listed, chunks
from reconciler.server.store.rows import DeclaredRows, Shape
from reconciler.server.store.schema import link
from reconciler.server.store.schema import portal_user as table


class UserRows(DeclaredRows[User]):
    """The `Users` port."""

    def __init__(self, binding: Binding) -> None:
        super().__init__(binding, _SHAPE)

    def by_id(self, user_id: str) -> User | None:
        """The user of this id, within the transaction's reach."""
        return self._one(table.c.id, user_id)

    def by_email(self, email: str) -> User | None:
        """The user of a mail address, within the transaction's reach."""
        return self._one(table.c.email_key, fold(email))

    def home(self, user_id: str) -> CustomerRef | None:
        """The customer of a user within the transaction's reach; None for the vendor's."""
        owner = self._binding.connection.execute(
            select(table.c.customer_id).where(table.c.id == user_id, self._own())
        ).scalar_one_or_none()
        return self._binding.customers[owner] if owner else None

    def logins_taken(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of the folded login names that exist anywhere on the server."""
        return [
            row.login_key
            for part in chunks(keys)
            for row in self._binding.connection.execute(
                select(table.c.login_key).where(table.c.login_key.in_(part))
            )
        ]

    def emails_taken(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The user's id of each folded address that exists anywhere on the server."""
        return {
            row.email_key: row.id
            for part in chunks(keys)
            for row in self._binding.connection.execute(
                select(table.c.email_key, table.c.id).where(table.c.email_key.in_(part))
            )
        }

    def super_admins(self) -> Sequence[str]:
        """The ids of this customer's Super-Admins who are people and not disabled."""
        rows = self._binding.connection.execute(
            select(table.c.id).where(
                table.c.role == str(Role.SUPER_ADMIN),
                table.c.status != str(UserStatus.DISABLED),
                table.c.service_account == 0,
                self._own(),
            )
        )
        return [row.id for row in rows]

    def password_hash(self, user_id: str) -> str | None:
        """The stored hash; None while invited."""
        return self._binding.connection.execute(
            select(table.c.password_hash).where(table.c.id == user_id, self._own())
        ).scalar_one_or_none()

    def set_password(self, user_id: str, password_hash: str, now: datetime) -> None:
        """Store a hash, make the user ACTIVE, and drop every one-time link to it."""
        self._change(
            user_id,
            {
                "password_hash": password_hash,
                "status": str(UserStatus.ACTIVE),
                "updated_at": milliseconds(now),
                "version": table.c.version + 1,
            },
        )
        self._binding.connection.execute(delete(link).where(link.c.user_id == user_id))

    def replace_hash(self, user_id: str, password_hash: str) -> None:
        """Store the same password's hash with today's cost; no part of the version."""
        self._change(user_id, {"password_hash": password_hash})

    def stamp_login(self, user_id: str, now: datetime) -> None:
        """Note a log-in; no part of the version."""
        self._change(user_id, {"last_login_at": milliseconds(now)})

    def any_exists(self) -> bool:
        """Whether the server has any user at all."""
        return self._binding.connection.execute(select(table.c.id).limit(1)).first() is not None

    def _one(self, column: Any, value: str) -> User | None:  # noqa: ANN401 - a column of any type
        listed = _listed(self._binding)
        row = self._binding.connection.execute(listed.statement.where(column == value)).first()
        return None if row is None else listed.read(row)

    def _own(self) -> Any:  # noqa: ANN401 - SQLAlchemy's condition type has no narrower name here
        return self._binding.owns(table.c.customer_id)

    def _change(self, user_id: str, values: Mapping[str, object]) -> None:
        self._binding.connection.execute(
            update(table).where(table.c.id == user_id, self._own()).values(**values)
        )


def _listed(binding: Binding) -> Listed[User]:
    def read(row: Row[Any]) -> User:
        return User(
            id=row.id,
            customer=binding.code(row.customer_id),
            login_name=row.login_name,
            user_name=row.user_name,
            role=Role(row.role),
            email=row.email,
            status=UserStatus(row.status),
            last_login_at=None if row.last_login_at is None else moment(row.last_login_at),
            source=row.source,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
            version=row.version,
            service_account=bool(row.service_account),
        )

    columns = {
        "loginName": table.c.login_name,
        "userName": table.c.user_name,
        "role": table.c.role,
        "email": table.c.email,
        "status": table.c.status,
        "lastLoginAt": table.c.last_login_at,
        "createdAt": table.c.created_at,
        "updatedAt": table.c.updated_at,
        "version": table.c.version,
    }
    hidden = (table.c.id, table.c.customer_id, table.c.source, table.c.service_account)
    return Listed(
        statement=select(*hidden, *columns.values()).where(binding.owns(table.c.customer_id)),
        fields=listing.USERS,
        columns=columns,
        folded={"loginName": table.c.login_key, "email": table.c.email_key},
        search=table.c.search,
        key=(table.c.login_key,),
        read=read,
    )


def _values(row: User) -> Mapping[str, object]:
    return {
        "id": row.id,
        "login_name": row.login_name,
        "login_key": fold(row.login_name),
        "user_name": row.user_name,
        "role": str(row.role),
        "email": row.email,
        "email_key": fold(row.email),
        "status": str(row.status),
        "last_login_at": None if row.last_login_at is None else milliseconds(row.last_login_at),
        "service_account": int(row.service_account),
        "source": row.source,
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
        "version": row.version,
        "search": f"{row.role}\n{row.user_name}\n{row.login_name}\n{row.email}".lower(),
    }


_SHAPE = Shape(
    table,
    table.c.login_key,
    _values,
    _listed,
    frozenset({"id", "login_name", "last_login_at", "status"}),
)

"""Sessions, API tokens and one-time links in SQL; only hashes are stored."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.roles import Role, Scope
from reconciler.server.domain.session import ApiToken
from reconciler.server.domain.user import UserStatus
from reconciler.server.store.binding import Binding
from reconciler.server.store.schema import credential as table
from reconciler.server.store.schema import customer, link, portal_user
from reconciler.server.usecases.ports import Credential, SignedIn, StaleWriteError

_SIGNED_IN = (
    select(
        table.c.hash,
        table.c.name,
        table.c.scope,
        table.c.expires_at,
        table.c.last_used_at,
        portal_user.c.id,
        portal_user.c.login_name,
        portal_user.c.user_name,
        portal_user.c.email,
        portal_user.c.role,
        portal_user.c.status,
        portal_user.c.service_account,
        customer.c.id.label("customer_id"),
        customer.c.code,
        customer.c.name.label("customer_name"),
    )
    .join_from(table, portal_user, table.c.user_id == portal_user.c.id)
    .outerjoin(customer, portal_user.c.customer_id == customer.c.id)
)
# Every request asks this, so it is put together once.
_OF_HASH = _SIGNED_IN.where(table.c.hash == bindparam("secret_hash"))


class CredentialRows:
    """The `Credentials` port; a hash of 256 random bits is enough to find one row."""

    def __init__(self, binding: Binding) -> None:
        self._connection = binding.connection

    def find(self, secret_hash: str) -> SignedIn | None:
        """Who comes with this credential: role, customer and status as they are now."""
        row = self._connection.execute(_OF_HASH, {"secret_hash": secret_hash}).first()
        if row is None:
            return None
        caller = Caller(
            user_id=row.id,
            login_name=row.login_name,
            user_name=row.user_name,
            email=row.email,
            role=Role(row.role),
            customer=CustomerRef(row.customer_id, row.code, row.customer_name)
            if row.customer_id
            else None,
            scope=Scope(row.scope),
            credential=row.hash,
            is_api_token=row.name is not None,
            service_account=bool(row.service_account),
        )
        return SignedIn(
            caller=caller,
            expires_at=moment(row.expires_at),
            last_used_at=None if row.last_used_at is None else moment(row.last_used_at),
            active=row.status == UserStatus.ACTIVE,
        )

    def add(self, credential: Credential) -> None:
        """Store a session or API token. Raises StaleWriteError when its name is taken."""
        values = {
            "hash": credential.hash,
            "user_id": credential.user_id,
            "name": credential.name,
            "scope": str(credential.scope),
            "created_at": milliseconds(credential.created_at),
            "expires_at": milliseconds(credential.expires_at),
            "last_used_at": None,
        }
        try:
            self._connection.execute(insert(table), values)
        except IntegrityError as error:
            message = "credential: the name was taken, or the user deleted, meanwhile"
            raise StaleWriteError(message) from error

    def end(self, secret_hash: str) -> None:
        """Drop one."""
        self._connection.execute(delete(table).where(table.c.hash == secret_hash))

    def end_sessions(self, user_id: str, keep: str | None = None) -> None:
        """Drop a user's sessions, but not the one whose hash is `keep`, nor API tokens."""
        statement = delete(table).where(table.c.user_id == user_id, table.c.name.is_(None))
        if keep is not None:
            statement = statement.where(table.c.hash != keep)
        self._connection.execute(statement)

    def end_expired(self, now: datetime) -> None:
        """Drop what is past its end."""
        for ending in (table, link):
            self._connection.execute(delete(ending).where(ending.c.expires_at <= milliseconds(now)))

    def stamp_use(self, secret_hash: str, now: datetime) -> None:
        """Note the use of an API token."""
        self._connection.execute(
            update(table).where(table.c.hash == secret_hash).values(last_used_at=milliseconds(now))
        )

    def api_tokens(self, user_id: str) -> Sequence[ApiToken]:
        """A user's API tokens, by name."""
        rows = self._connection.execute(
            select(table)
            .where(table.c.user_id == user_id, table.c.name.is_not(None))
            .order_by(table.c.name)
        )
        return [
            ApiToken(
                name=row.name,
                scope=Scope(row.scope),
                created_at=moment(row.created_at),
                expires_at=moment(row.expires_at),
                last_used_at=None if row.last_used_at is None else moment(row.last_used_at),
            )
            for row in rows
        ]

    def end_api_token(self, user_id: str, name: str) -> bool:
        """Drop one by name; False when there was none."""
        gone = self._connection.execute(
            delete(table).where(table.c.user_id == user_id, table.c.name == name)
        )
        return gone.rowcount == 1

    def add_link(self, link_hash: str, user_id: str, now: datetime, expires_at: datetime) -> None:
        """Store a one-time link; the user's earlier ones die."""
        self.end_links(user_id)
        values = {
            "hash": link_hash,
            "user_id": user_id,
            "created_at": milliseconds(now),
            "expires_at": milliseconds(expires_at),
        }
        self._connection.execute(insert(link), values)

    def end_links(self, user_id: str) -> None:
        """Drop a user's one-time links."""
        self._connection.execute(delete(link).where(link.c.user_id == user_id))

    def read_link(self, link_hash: str, now: datetime) -> str | None:
        """The user's id of a link that still works."""
        return self._connection.execute(
            select(link.c.user_id).where(
                link.c.hash == link_hash, link.c.expires_at > milliseconds(now)
            )
        ).scalar_one_or_none()

    def take_link(self, link_hash: str, now: datetime) -> str | None:
        """The user's id of a link that still works; of two takers at once, one gets it."""
        return self._connection.execute(
            delete(link)
            .where(link.c.hash == link_hash, link.c.expires_at > milliseconds(now))
            .returning(link.c.user_id)
        ).scalar_one_or_none()

"""Tables for SQLite and PostgreSQL.

A customer's id leads every key of what a customer owns, so that one statement never spans two
customers by accident and the data can be spread by customer. Names that are unique on the whole
server stand in tables of their own. Times are milliseconds since 1970, UTC; texts sort by bytes.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
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
"""The customer id of events that belong to no customer."""

metadata = MetaData(naming_convention=NAMING)

_LONG = 1_000_000


def _text_type() -> TypeEngine[str]:
    """Text that both databases sort by code points."""
    return Text().with_variant(Text(collation="C"), "postgresql")


def _whole_type() -> TypeEngine[int]:
    """64 bits; strict SQLite tables know the name INTEGER only."""
    return BigInteger().with_variant(Integer(), "sqlite")


def _whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, _whole_type(), nullable=null)


class _Columns:
    """Text columns of one table, together with the checks of their lengths."""

    def __init__(self) -> None:
        self.checks: list[SchemaItem] = []

    def text(self, name: str, longest: int, *, null: bool = False) -> Column[str]:
        self.checks.append(CheckConstraint(f"length({name}) <= {longest}", name=name))
        return Column(name, _text_type(), nullable=null)

    def choice(self, name: str, *values: str) -> Column[str]:
        listed = ", ".join(f"'{value}'" for value in values)
        self.checks.append(CheckConstraint(f"{name} IN ({listed})", name=name))
        return Column(name, _text_type(), nullable=False)

    def switch(self, name: str) -> Column[int]:
        self.checks.append(CheckConstraint(f"{name} IN (0, 1)", name=name))
        return Column(name, _whole_type(), nullable=False)


def _table(name: str, columns: _Columns, *items: SchemaItem) -> Table:
    return Table(name, metadata, *items, *columns.checks, sqlite_strict=True)


def _stamps(columns: _Columns) -> tuple[SchemaItem, ...]:
    """When a row was declared, from which place in a repository, and what a search sees."""
    return (
        columns.text("source", 512, null=True),
        _whole("created_at"),
        _whole("updated_at"),
        _whole("version"),
        columns.text("search", _LONG * 200),
    )


def _of_customer() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["customer_id"], ["customer.id"])


_c = _Columns()
server = _table(
    "server",
    _c,
    _whole("id"),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", name="single"),
)

_c = _Columns()
customer = _table(
    "customer",
    _c,
    _c.text("id", 32),
    _c.text("code", 40),
    _c.text("name", 128),
    _c.switch("voice"),
    _c.switch("extension_manager"),
    _c.switch("ptt_pro"),
    _c.switch("profile_manager"),
    _c.choice("profile", "3.0", "3.1"),
    _c.text("exm_url", 512),
    _c.text("exm_key_hash", 64, null=True),
    _c.text("ptt_pro_server_name", 128),
    _whole("overage_percent"),
    _whole("grace_period_days"),
    _whole("license_release_days"),
    _whole("exm_release_minutes"),
    _whole("ptt_pro_removal_days"),
    _whole("license_check_days"),
    _whole("created_at"),
    _whole("updated_at"),
    _whole("version"),
    _c.text("search", 1024),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("code"),
    UniqueConstraint("name"),
)

_c = _Columns()
portal_user = _table(
    "portal_user",
    _c,
    _c.text("id", 32),
    _c.text("customer_id", 32, null=True),
    _c.text("login_name", 64),
    _c.text("login_key", 64),
    _c.text("user_name", 128),
    _c.choice("role", "User", "Admin", "Super-Admin", "Vendor-Admin"),
    _c.text("email", 254),
    _c.text("email_key", 254),
    _c.text("password_hash", 512, null=True),
    _c.choice("status", "INVITED", "ACTIVE", "DISABLED"),
    _whole("last_login_at", null=True),
    *_stamps(_c),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("login_key"),
    UniqueConstraint("email_key"),
    _of_customer(),
    CheckConstraint("(customer_id IS NULL) = (role = 'Vendor-Admin')", name="vendor"),
    Index("ix_portal_user_customer_id_login_key", "customer_id", "login_key"),
)

_c = _Columns()
credential = _table(
    "credential",
    _c,
    _c.text("hash", 64),
    _c.text("user_id", 32),
    _c.text("name", 64, null=True),
    _c.choice("scope", "read", "write"),
    _whole("created_at"),
    _whole("expires_at"),
    _whole("last_used_at", null=True),
    PrimaryKeyConstraint("hash"),
    UniqueConstraint("user_id", "name"),
    ForeignKeyConstraint(["user_id"], ["portal_user.id"], ondelete="CASCADE"),
    Index("ix_credential_expires_at", "expires_at"),
)

_c = _Columns()
link = _table(
    "link",
    _c,
    _c.text("hash", 64),
    _c.text("user_id", 32),
    _whole("created_at"),
    _whole("expires_at"),
    PrimaryKeyConstraint("hash"),
    ForeignKeyConstraint(["user_id"], ["portal_user.id"], ondelete="CASCADE"),
    Index("ix_link_user_id", "user_id"),
)

_c = _Columns()
throttle = _table(
    "throttle",
    _c,
    _c.text("key", 256),
    _whole("tries"),
    _whole("last_at", null=True),
    PrimaryKeyConstraint("key"),
)

_c = _Columns()
bootstrap = _table(
    "bootstrap",
    _c,
    _c.text("customer_id", 32),
    _c.text("name", 64),
    _c.text("text", _LONG * 64),
    _c.text("sha256", 64),
    _c.text("updated_by", 64),
    *_stamps(_c),
    PrimaryKeyConstraint("customer_id", "name"),
    _of_customer(),
)

_c = _Columns()
token_owner = _table(
    "token_owner",
    _c,
    _c.text("name_key", 64),
    _c.text("customer_id", 32),
    PrimaryKeyConstraint("name_key"),
    _of_customer(),
)

_c = _Columns()
token = _table(
    "token",
    _c,
    _c.text("customer_id", 32),
    _c.text("name_key", 64),
    _c.text("name", 64),
    _c.choice(
        "app_id",
        "WFC_VOICE_ANDROID",
        "WFC_CENTRAL_SERVICE_ANDROID",
        "WFC_PRO_ANDROID",
        "WFC_PC_ANDROID",
        "WFC_PRO_IOS",
    ),
    _c.text("bootstrap", 64),
    _c.text("description", 255),
    _c.text("updated_by", 64),
    *_stamps(_c),
    _whole("last_used_at", null=True),
    _whole("use_count"),
    PrimaryKeyConstraint("customer_id", "name_key"),
    _of_customer(),
    ForeignKeyConstraint(["customer_id", "bootstrap"], ["bootstrap.customer_id", "bootstrap.name"]),
    Index("ix_token_customer_id_bootstrap", "customer_id", "bootstrap"),
)

_c = _Columns()
site = _table(
    "site",
    _c,
    _c.text("customer_id", 32),
    _c.text("name", 64),
    _c.text("pro_server_name", 128),
    _c.text("updated_by", 64),
    *_stamps(_c),
    PrimaryKeyConstraint("customer_id", "name"),
    _of_customer(),
)

_c = _Columns()
event = _table(
    "event",
    _c,
    _c.text("customer_id", 32),
    _c.text("id", 32),
    _c.text("customer_code", 40, null=True),
    _whole("at"),
    _c.text("user_login", 64, null=True),
    _c.text("type", 64),
    _c.choice("severity", "INFO", "WARN", "ERROR"),
    _c.text("info", 1024),
    _c.text("target", 128, null=True),
    _c.text("source", 512, null=True),
    _c.text("search", 4096),
    PrimaryKeyConstraint("customer_id", "id"),
    Index("ix_event_id", "id"),
    Index("ix_event_customer_id_type_id", "customer_id", "type", "id"),
    Index("ix_event_customer_id_user_login_id", "customer_id", "user_login", "id"),
)

_c = _Columns()
outbox = _table(
    "outbox",
    _c,
    _c.text("id", 32),
    _c.text("customer_id", 32, null=True),
    _c.text("recipient", 254),
    _c.text("kind", 32),
    _c.text("subject", 256),
    _c.text("body", _LONG),
    _whole("created_at"),
    _whole("sent_at", null=True),
    PrimaryKeyConstraint("id"),
    Index("ix_outbox_sent_at_id", "sent_at", "id"),
)

_c = _Columns()
outbox_attachment = _table(
    "outbox_attachment",
    _c,
    _c.text("mail_id", 32),
    _whole("position"),
    _c.text("name", 128),
    _c.text("media_type", 64),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("mail_id", "position"),
    ForeignKeyConstraint(["mail_id"], ["outbox.id"], ondelete="CASCADE"),
)

TENANT_TABLES = (portal_user, bootstrap, token_owner, token, site, event)
"""Tables whose rows belong to a customer: no statement for a customer may leave its id out."""

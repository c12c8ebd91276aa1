"""Tables for SQLite and PostgreSQL.

A customer's id leads every key of what a customer owns, so that one statement never spans two
customers by accident and the data can be spread by customer. Names that are unique on the whole
server stand in tables of their own. Times are milliseconds since 1970, UTC; texts sort by bytes.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from reconciler.server.store.columns import (
    LONG,
    NO_CUSTOMER,
    Columns,
    metadata,
    of_customer,
    stamps,
    table,
    whole,
)
from reconciler.server.store.device_schema import (
    device,
    device_owner,
    history,
    ptt_pro_entry,
    ptt_pro_task,
    token_request,
)
from reconciler.server.store.job_schema import job, job_run, simulated
from reconciler.server.store.license_schema import (
    extension_manager,
    license_assignment,
    license_lot,
    license_snapshot,
)

_c = Columns()
server = table(
    "server",
    _c,
    whole("id"),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", name="single"),
)

_c = Columns()
customer = table(
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
    whole("overage_percent"),
    whole("grace_period_days"),
    whole("license_release_days"),
    whole("exm_release_minutes"),
    whole("ptt_pro_removal_days"),
    whole("license_check_days"),
    _c.text("flags", 1024),
    whole("created_at"),
    whole("updated_at"),
    whole("version"),
    _c.text("search", 1024),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("code"),
    UniqueConstraint("name"),
    Index("uq_customer_exm_key_hash", "exm_key_hash", unique=True),
)

_c = Columns()
portal_user = table(
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
    whole("last_login_at", null=True),
    _c.switch("service_account"),
    *stamps(_c),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("login_key"),
    UniqueConstraint("email_key"),
    of_customer(),
    CheckConstraint("(customer_id IS NULL) = (role = 'Vendor-Admin')", name="vendor"),
    Index("ix_portal_user_customer_id_login_key", "customer_id", "login_key"),
)

_c = Columns()
credential = table(
    "credential",
    _c,
    _c.text("hash", 64),
    _c.text("user_id", 32),
    _c.text("name", 64, null=True),
    _c.choice("scope", "read", "write"),
    whole("created_at"),
    whole("expires_at"),
    whole("last_used_at", null=True),
    PrimaryKeyConstraint("hash"),
    UniqueConstraint("user_id", "name"),
    ForeignKeyConstraint(["user_id"], ["portal_user.id"], ondelete="CASCADE"),
    Index("ix_credential_expires_at", "expires_at"),
)

_c = Columns()
link = table(
    "link",
    _c,
    _c.text("hash", 64),
    _c.text("user_id", 32),
    whole("created_at"),
    whole("expires_at"),
    PrimaryKeyConstraint("hash"),
    ForeignKeyConstraint(["user_id"], ["portal_user.id"], ondelete="CASCADE"),
    Index("ix_link_user_id", "user_id"),
)

_c = Columns()
throttle = table(
    "throttle",
    _c,
    _c.text("key", 256),
    whole("tries"),
    whole("last_at", null=True),
    PrimaryKeyConstraint("key"),
)

_c = Columns()
bootstrap = table(
    "bootstrap",
    _c,
    _c.text("customer_id", 32),
    _c.text("name", 64),
    _c.text("text", LONG * 64),
    _c.text("sha256", 64),
    _c.text("updated_by", 64),
    *stamps(_c),
    PrimaryKeyConstraint("customer_id", "name"),
    of_customer(),
)

_c = Columns()
token_owner = table(
    "token_owner",
    _c,
    _c.text("name_key", 64),
    _c.text("customer_id", 32),
    PrimaryKeyConstraint("name_key"),
    of_customer(),
)

_c = Columns()
token = table(
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
    *stamps(_c),
    whole("last_used_at", null=True),
    whole("use_count"),
    PrimaryKeyConstraint("customer_id", "name_key"),
    of_customer(),
    ForeignKeyConstraint(["customer_id", "bootstrap"], ["bootstrap.customer_id", "bootstrap.name"]),
    Index("ix_token_customer_id_bootstrap", "customer_id", "bootstrap"),
)

_c = Columns()
site = table(
    "site",
    _c,
    _c.text("customer_id", 32),
    _c.text("name", 64),
    _c.text("pro_server_name", 128),
    _c.choice("origin", "API", "SYNC"),
    _c.text("updated_by", 64),
    *stamps(_c),
    PrimaryKeyConstraint("customer_id", "name"),
    of_customer(),
)

_c = Columns()
event = table(
    "event",
    _c,
    _c.text("customer_id", 32),
    _c.text("id", 32),
    _c.text("customer_code", 40, null=True),
    whole("at"),
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

_c = Columns()
outbox = table(
    "outbox",
    _c,
    _c.text("id", 32),
    _c.text("customer_id", 32, null=True),
    _c.text("recipient", 254),
    _c.text("kind", 32),
    _c.text("subject", 256),
    _c.text("body", LONG),
    whole("created_at"),
    whole("sent_at", null=True),
    _c.count("tries"),
    whole("next_at"),
    PrimaryKeyConstraint("id"),
    Index("ix_outbox_sent_at_id", "sent_at", "id"),
)

_c = Columns()
outbox_attachment = table(
    "outbox_attachment",
    _c,
    _c.text("mail_id", 32),
    whole("position"),
    _c.text("name", 128),
    _c.text("media_type", 64),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("mail_id", "position"),
    ForeignKeyConstraint(["mail_id"], ["outbox.id"], ondelete="CASCADE"),
)

TENANT_TABLES = (
    portal_user,
    bootstrap,
    token_owner,
    token,
    site,
    event,
    device_owner,
    device,
    ptt_pro_entry,
    ptt_pro_task,
    history,
    token_request,
    license_lot,
    license_assignment,
    license_snapshot,
    extension_manager,
)
"""Tables whose rows belong to a customer: no statement for a customer may leave its id out."""

__all__ = ["NO_CUSTOMER", "TENANT_TABLES", "job", "job_run", "metadata", "simulated"]

"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer",
        sa.Column("id", _text(), nullable=False),
        sa.Column("code", _text(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("voice", _whole(), nullable=False),
        sa.Column("extension_manager", _whole(), nullable=False),
        sa.Column("ptt_pro", _whole(), nullable=False),
        sa.Column("profile_manager", _whole(), nullable=False),
        sa.Column("profile", _text(), nullable=False),
        sa.Column("exm_url", _text(), nullable=False),
        sa.Column("exm_key_hash", _text(), nullable=True),
        sa.Column("ptt_pro_server_name", _text(), nullable=False),
        sa.Column("overage_percent", _whole(), nullable=False),
        sa.Column("grace_period_days", _whole(), nullable=False),
        sa.Column("license_release_days", _whole(), nullable=False),
        sa.Column("exm_release_minutes", _whole(), nullable=False),
        sa.Column("ptt_pro_removal_days", _whole(), nullable=False),
        sa.Column("license_check_days", _whole(), nullable=False),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("updated_at", _whole(), nullable=False),
        sa.Column("version", _whole(), nullable=False),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("profile IN ('3.0', '3.1')", name=op.f("ck_customer_profile")),
        sa.CheckConstraint(
            "extension_manager IN (0, 1)", name=op.f("ck_customer_extension_manager")
        ),
        sa.CheckConstraint("length(code) <= 40", name=op.f("ck_customer_code")),
        sa.CheckConstraint("length(exm_key_hash) <= 64", name=op.f("ck_customer_exm_key_hash")),
        sa.CheckConstraint("length(exm_url) <= 512", name=op.f("ck_customer_exm_url")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_customer_id")),
        sa.CheckConstraint("length(name) <= 128", name=op.f("ck_customer_name")),
        sa.CheckConstraint(
            "length(ptt_pro_server_name) <= 128", name=op.f("ck_customer_ptt_pro_server_name")
        ),
        sa.CheckConstraint("length(search) <= 1024", name=op.f("ck_customer_search")),
        sa.CheckConstraint("profile_manager IN (0, 1)", name=op.f("ck_customer_profile_manager")),
        sa.CheckConstraint("ptt_pro IN (0, 1)", name=op.f("ck_customer_ptt_pro")),
        sa.CheckConstraint("voice IN (0, 1)", name=op.f("ck_customer_voice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("code", name=op.f("uq_customer_code")),
        sa.UniqueConstraint("name", name=op.f("uq_customer_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "event",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("id", _text(), nullable=False),
        sa.Column("customer_code", _text(), nullable=True),
        sa.Column("at", _whole(), nullable=False),
        sa.Column("user_login", _text(), nullable=True),
        sa.Column("type", _text(), nullable=False),
        sa.Column("severity", _text(), nullable=False),
        sa.Column("info", _text(), nullable=False),
        sa.Column("target", _text(), nullable=True),
        sa.Column("source", _text(), nullable=True),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("severity IN ('INFO', 'WARN', 'ERROR')", name=op.f("ck_event_severity")),
        sa.CheckConstraint("length(customer_code) <= 40", name=op.f("ck_event_customer_code")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_event_customer_id")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_event_id")),
        sa.CheckConstraint("length(info) <= 1024", name=op.f("ck_event_info")),
        sa.CheckConstraint("length(search) <= 4096", name=op.f("ck_event_search")),
        sa.CheckConstraint("length(source) <= 512", name=op.f("ck_event_source")),
        sa.CheckConstraint("length(target) <= 128", name=op.f("ck_event_target")),
        sa.CheckConstraint("length(type) <= 64", name=op.f("ck_event_type")),
        sa.CheckConstraint("length(user_login) <= 64", name=op.f("ck_event_user_login")),
        sa.PrimaryKeyConstraint("customer_id", "id", name=op.f("pk_event")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_event_customer_id_type_id", "event", ["customer_id", "type", "id"], unique=False
    )
    op.create_index(
        "ix_event_customer_id_user_login_id",
        "event",
        ["customer_id", "user_login", "id"],
        unique=False,
    )
    op.create_index("ix_event_id", "event", ["id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", _text(), nullable=False),
        sa.Column("customer_id", _text(), nullable=True),
        sa.Column("recipient", _text(), nullable=False),
        sa.Column("kind", _text(), nullable=False),
        sa.Column("subject", _text(), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("sent_at", _whole(), nullable=True),
        sa.CheckConstraint("length(body) <= 1000000", name=op.f("ck_outbox_body")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_outbox_customer_id")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_outbox_id")),
        sa.CheckConstraint("length(kind) <= 32", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint("length(recipient) <= 254", name=op.f("ck_outbox_recipient")),
        sa.CheckConstraint("length(subject) <= 256", name=op.f("ck_outbox_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_sent_at_id", "outbox", ["sent_at", "id"], unique=False)
    op.create_table(
        "server",
        sa.Column("id", _whole(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_server_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server")),
        sqlite_strict=True,
    )
    op.create_table(
        "throttle",
        sa.Column("key", _text(), nullable=False),
        sa.Column("tries", _whole(), nullable=False),
        sa.Column("last_at", _whole(), nullable=True),
        sa.CheckConstraint("length(key) <= 256", name=op.f("ck_throttle_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
        sqlite_strict=True,
    )
    op.create_table(
        "bootstrap",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("text", _text(), nullable=False),
        sa.Column("sha256", _text(), nullable=False),
        sa.Column("updated_by", _text(), nullable=False),
        sa.Column("source", _text(), nullable=True),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("updated_at", _whole(), nullable=False),
        sa.Column("version", _whole(), nullable=False),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_bootstrap_customer_id")),
        sa.CheckConstraint("length(name) <= 64", name=op.f("ck_bootstrap_name")),
        sa.CheckConstraint("length(search) <= 200000000", name=op.f("ck_bootstrap_search")),
        sa.CheckConstraint("length(sha256) <= 64", name=op.f("ck_bootstrap_sha256")),
        sa.CheckConstraint("length(source) <= 512", name=op.f("ck_bootstrap_source")),
        sa.CheckConstraint("length(text) <= 64000000", name=op.f("ck_bootstrap_text")),
        sa.CheckConstraint("length(updated_by) <= 64", name=op.f("ck_bootstrap_updated_by")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_bootstrap_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "name", name=op.f("pk_bootstrap")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox_attachment",
        sa.Column("mail_id", _text(), nullable=False),
        sa.Column("position", _whole(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("media_type", _text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(mail_id) <= 32", name=op.f("ck_outbox_attachment_mail_id")),
        sa.CheckConstraint(
            "length(media_type) <= 64", name=op.f("ck_outbox_attachment_media_type")
        ),
        sa.CheckConstraint("length(name) <= 128", name=op.f("ck_outbox_attachment_name")),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outbox.id"],
            name=op.f("fk_outbox_attachment_mail_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mail_id", "position", name=op.f("pk_outbox_attachment")),
        sqlite_strict=True,
    )
    op.create_table(
        "portal_user",
        sa.Column("id", _text(), nullable=False),
        sa.Column("customer_id", _text(), nullable=True),
        sa.Column("login_name", _text(), nullable=False),
        sa.Column("login_key", _text(), nullable=False),
        sa.Column("user_name", _text(), nullable=False),
        sa.Column("role", _text(), nullable=False),
        sa.Column("email", _text(), nullable=False),
        sa.Column("email_key", _text(), nullable=False),
        sa.Column("password_hash", _text(), nullable=True),
        sa.Column("status", _text(), nullable=False),
        sa.Column("last_login_at", _whole(), nullable=True),
        sa.Column("source", _text(), nullable=True),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("updated_at", _whole(), nullable=False),
        sa.Column("version", _whole(), nullable=False),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint(
            "(customer_id IS NULL) = (role = 'Vendor-Admin')", name=op.f("ck_portal_user_vendor")
        ),
        sa.CheckConstraint(
            "role IN ('User', 'Admin', 'Super-Admin', 'Vendor-Admin')",
            name=op.f("ck_portal_user_role"),
        ),
        sa.CheckConstraint(
            "status IN ('INVITED', 'ACTIVE', 'DISABLED')", name=op.f("ck_portal_user_status")
        ),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_portal_user_customer_id")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_portal_user_email")),
        sa.CheckConstraint("length(email_key) <= 254", name=op.f("ck_portal_user_email_key")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_portal_user_id")),
        sa.CheckConstraint("length(login_key) <= 64", name=op.f("ck_portal_user_login_key")),
        sa.CheckConstraint("length(login_name) <= 64", name=op.f("ck_portal_user_login_name")),
        sa.CheckConstraint(
            "length(password_hash) <= 512", name=op.f("ck_portal_user_password_hash")
        ),
        sa.CheckConstraint("length(search) <= 200000000", name=op.f("ck_portal_user_search")),
        sa.CheckConstraint("length(source) <= 512", name=op.f("ck_portal_user_source")),
        sa.CheckConstraint("length(user_name) <= 128", name=op.f("ck_portal_user_user_name")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_portal_user_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_user")),
        sa.UniqueConstraint("email_key", name=op.f("uq_portal_user_email_key")),
        sa.UniqueConstraint("login_key", name=op.f("uq_portal_user_login_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_portal_user_customer_id_login_key",
        "portal_user",
        ["customer_id", "login_key"],
        unique=False,
    )
    op.create_table(
        "site",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("pro_server_name", _text(), nullable=False),
        sa.Column("updated_by", _text(), nullable=False),
        sa.Column("source", _text(), nullable=True),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("updated_at", _whole(), nullable=False),
        sa.Column("version", _whole(), nullable=False),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_site_customer_id")),
        sa.CheckConstraint("length(name) <= 64", name=op.f("ck_site_name")),
        sa.CheckConstraint("length(pro_server_name) <= 128", name=op.f("ck_site_pro_server_name")),
        sa.CheckConstraint("length(search) <= 200000000", name=op.f("ck_site_search")),
        sa.CheckConstraint("length(source) <= 512", name=op.f("ck_site_source")),
        sa.CheckConstraint("length(updated_by) <= 64", name=op.f("ck_site_updated_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_site_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", "name", name=op.f("pk_site")),
        sqlite_strict=True,
    )
    op.create_table(
        "token_owner",
        sa.Column("name_key", _text(), nullable=False),
        sa.Column("customer_id", _text(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_token_owner_customer_id")),
        sa.CheckConstraint("length(name_key) <= 64", name=op.f("ck_token_owner_name_key")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_token_owner_customer_id")
        ),
        sa.PrimaryKeyConstraint("name_key", name=op.f("pk_token_owner")),
        sqlite_strict=True,
    )
    op.create_table(
        "credential",
        sa.Column("hash", _text(), nullable=False),
        sa.Column("user_id", _text(), nullable=False),
        sa.Column("name", _text(), nullable=True),
        sa.Column("scope", _text(), nullable=False),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("expires_at", _whole(), nullable=False),
        sa.Column("last_used_at", _whole(), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write')", name=op.f("ck_credential_scope")),
        sa.CheckConstraint("length(hash) <= 64", name=op.f("ck_credential_hash")),
        sa.CheckConstraint("length(name) <= 64", name=op.f("ck_credential_name")),
        sa.CheckConstraint("length(user_id) <= 32", name=op.f("ck_credential_user_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["portal_user.id"], name=op.f("fk_credential_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_credential")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_credential_user_id_name")),
        sqlite_strict=True,
    )
    op.create_index("ix_credential_expires_at", "credential", ["expires_at"], unique=False)
    op.create_table(
        "link",
        sa.Column("hash", _text(), nullable=False),
        sa.Column("user_id", _text(), nullable=False),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("expires_at", _whole(), nullable=False),
        sa.CheckConstraint("length(hash) <= 64", name=op.f("ck_link_hash")),
        sa.CheckConstraint("length(user_id) <= 32", name=op.f("ck_link_user_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["portal_user.id"], name=op.f("fk_link_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_link")),
        sqlite_strict=True,
    )
    op.create_index("ix_link_user_id", "link", ["user_id"], unique=False)
    op.create_table(
        "token",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("name_key", _text(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("app_id", _text(), nullable=False),
        sa.Column("bootstrap", _text(), nullable=False),
        sa.Column("description", _text(), nullable=False),
        sa.Column("updated_by", _text(), nullable=False),
        sa.Column("source", _text(), nullable=True),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("updated_at", _whole(), nullable=False),
        sa.Column("version", _whole(), nullable=False),
        sa.Column("search", _text(), nullable=False),
        sa.Column("last_used_at", _whole(), nullable=True),
        sa.Column("use_count", _whole(), nullable=False),
        sa.CheckConstraint(
            "app_id IN ('WFC_VOICE_ANDROID', 'WFC_CENTRAL_SERVICE_ANDROID', 'WFC_PRO_ANDROID', 'WFC_PC_ANDROID', 'WFC_PRO_IOS')",
            name=op.f("ck_token_app_id"),
        ),
        sa.CheckConstraint("length(bootstrap) <= 64", name=op.f("ck_token_bootstrap")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_token_customer_id")),
        sa.CheckConstraint("length(description) <= 255", name=op.f("ck_token_description")),
        sa.CheckConstraint("length(name) <= 64", name=op.f("ck_token_name")),
        sa.CheckConstraint("length(name_key) <= 64", name=op.f("ck_token_name_key")),
        sa.CheckConstraint("length(search) <= 200000000", name=op.f("ck_token_search")),
        sa.CheckConstraint("length(source) <= 512", name=op.f("ck_token_source")),
        sa.CheckConstraint("length(updated_by) <= 64", name=op.f("ck_token_updated_by")),
        sa.ForeignKeyConstraint(
            ["customer_id", "bootstrap"],
            ["bootstrap.customer_id", "bootstrap.name"],
            name=op.f("fk_token_customer_id_bootstrap"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_token_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "name_key", name=op.f("pk_token")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_token_customer_id_bootstrap", "token", ["customer_id", "bootstrap"], unique=False
    )
    op.execute("INSERT INTO server (id) VALUES (1)")


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _whole() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")

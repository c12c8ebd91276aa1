"""Devices, licenses, jobs and partners."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_columns()
    _add_devices()
    _add_licenses()
    _add_jobs()


def _add_columns() -> None:
    """Their defaults are for rows that exist; new rows always bring a value."""
    _add("customer", "flags", _text(), "{}", "length(flags) <= 1024")
    _add("portal_user", "service_account", _whole(), "0", "service_account IN (0, 1)")
    _add("site", "origin", _text(), "API", "origin IN ('API', 'SYNC')")
    _add("outbox", "tries", _whole(), "0", "tries >= 0")
    _add("outbox", "next_at", _whole(), "0", None)
    op.create_index("uq_customer_exm_key_hash", "customer", ["exm_key_hash"], unique=True)


def _add_devices() -> None:
    op.create_table(
        "history",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("id", _text(), nullable=False),
        sa.Column("customer_code", _text(), nullable=True),
        sa.Column("at", _whole(), nullable=False),
        sa.Column("action", _text(), nullable=False),
        sa.Column("token", _text(), nullable=True),
        sa.Column("app_id", _text(), nullable=True),
        sa.Column("device_id", _text(), nullable=True),
        sa.Column("result", _text(), nullable=False),
        sa.Column("code", _text(), nullable=True),
        sa.Column("detail", _text(), nullable=False),
        sa.Column("remote_address", _text(), nullable=True),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("action IN ('BOOTSTRAP', 'REGISTER', 'CHECKIN', 'LICENSE', 'OBSOLETE', 'RELEASE')", name=op.f("ck_history_ck_history_action")),
        sa.CheckConstraint("length(app_id) <= 64", name=op.f("ck_history_ck_history_app_id")),
        sa.CheckConstraint("length(code) <= 64", name=op.f("ck_history_ck_history_code")),
        sa.CheckConstraint("length(customer_code) <= 40", name=op.f("ck_history_ck_history_customer_code")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_history_ck_history_customer_id")),
        sa.CheckConstraint("length(detail) <= 1024", name=op.f("ck_history_ck_history_detail")),
        sa.CheckConstraint("length(device_id) <= 128", name=op.f("ck_history_ck_history_device_id")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_history_ck_history_id")),
        sa.CheckConstraint("length(remote_address) <= 64", name=op.f("ck_history_ck_history_remote_address")),
        sa.CheckConstraint("result IN ('OK', 'FAILED')", name=op.f("ck_history_ck_history_result")),
        sa.CheckConstraint("length(search) <= 4096", name=op.f("ck_history_ck_history_search")),
        sa.CheckConstraint("length(token) <= 128", name=op.f("ck_history_ck_history_token")),
        sa.PrimaryKeyConstraint('customer_id', 'id', name=op.f("pk_history")),
        sqlite_strict=True,
    )
    op.create_index("ix_history_customer_id_action_id", "history", ['customer_id', 'action', 'id'], unique=False)
    op.create_index("ix_history_customer_id_device_id_id", "history", ['customer_id', 'device_id', 'id'], unique=False)
    op.create_index("ix_history_customer_id_token_id", "history", ['customer_id', 'token', 'id'], unique=False)
    op.create_index("ix_history_id", "history", ['id'], unique=False)
    op.create_table(
        "device_owner",
        sa.Column("device_id", _text(), nullable=False),
        sa.Column("customer_id", _text(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_device_owner_ck_device_owner_customer_id")),
        sa.CheckConstraint("length(device_id) <= 128", name=op.f("ck_device_owner_ck_device_owner_device_id")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_device_owner_customer_id")),
        sa.PrimaryKeyConstraint('device_id', name=op.f("pk_device_owner")),
        sqlite_strict=True,
    )
    op.create_table(
        "ptt_pro_entry",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("device_id", _text(), nullable=False),
        sa.Column("server", _text(), nullable=False),
        sa.Column("site", _text(), nullable=False),
        sa.Column("adopted_from_manual", _whole(), nullable=False),
        sa.Column("provisioned_at", _whole(), nullable=False),
        sa.CheckConstraint("adopted_from_manual IN (0, 1)", name=op.f("ck_ptt_pro_entry_ck_ptt_pro_entry_adopted_from_manual")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_ptt_pro_entry_ck_ptt_pro_entry_customer_id")),
        sa.CheckConstraint("length(device_id) <= 128", name=op.f("ck_ptt_pro_entry_ck_ptt_pro_entry_device_id")),
        sa.CheckConstraint("length(server) <= 128", name=op.f("ck_ptt_pro_entry_ck_ptt_pro_entry_server")),
        sa.CheckConstraint("length(site) <= 64", name=op.f("ck_ptt_pro_entry_ck_ptt_pro_entry_site")),
        sa.PrimaryKeyConstraint('customer_id', 'device_id', name=op.f("pk_ptt_pro_entry")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_ptt_pro_entry_customer_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "ptt_pro_task",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("id", _text(), nullable=False),
        sa.Column("server", _text(), nullable=False),
        sa.Column("device_id", _text(), nullable=False),
        sa.Column("site", _text(), nullable=True),
        sa.Column("tries", _whole(), nullable=False),
        sa.Column("next_at", _whole(), nullable=False),
        sa.Column("created_at", _whole(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_ptt_pro_task_ck_ptt_pro_task_customer_id")),
        sa.CheckConstraint("length(device_id) <= 128", name=op.f("ck_ptt_pro_task_ck_ptt_pro_task_device_id")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_ptt_pro_task_ck_ptt_pro_task_id")),
        sa.CheckConstraint("length(server) <= 128", name=op.f("ck_ptt_pro_task_ck_ptt_pro_task_server")),
        sa.CheckConstraint("length(site) <= 64", name=op.f("ck_ptt_pro_task_ck_ptt_pro_task_site")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_ptt_pro_task_ck_ptt_pro_task_tries")),
        sa.PrimaryKeyConstraint('customer_id', 'id', name=op.f("pk_ptt_pro_task")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_ptt_pro_task_customer_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_ptt_pro_task_next_at", "ptt_pro_task", ['next_at'], unique=False)
    op.create_table(
        "token_request",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("day", _text(), nullable=False),
        sa.Column("app_id", _text(), nullable=False),
        sa.Column("count", _whole(), nullable=False),
        sa.CheckConstraint("length(app_id) <= 64", name=op.f("ck_token_request_ck_token_request_app_id")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_token_request_ck_token_request_count")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_token_request_ck_token_request_customer_id")),
        sa.CheckConstraint("length(day) <= 10", name=op.f("ck_token_request_ck_token_request_day")),
        sa.PrimaryKeyConstraint('customer_id', 'day', 'app_id', name=op.f("pk_token_request")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_token_request_customer_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "device",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("device_id", _text(), nullable=False),
        sa.Column("state", _text(), nullable=False),
        sa.Column("platform", _text(), nullable=False),
        sa.Column("manufacturer", _text(), nullable=False),
        sa.Column("model", _text(), nullable=False),
        sa.Column("os_version", _text(), nullable=False),
        sa.Column("os_build", _text(), nullable=False),
        sa.Column("id_kind", _text(), nullable=False),
        sa.Column("third_party", _whole(), nullable=False),
        sa.Column("apps", _text(), nullable=False),
        sa.Column("site", _text(), nullable=True),
        sa.Column("site_assigned_at", _whole(), nullable=True),
        sa.Column("exm", _text(), nullable=True),
        sa.Column("last_token", _text(), nullable=True),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("last_contact_at", _whole(), nullable=False),
        sa.Column("obsoleted_at", _whole(), nullable=True),
        sa.Column("obsoleted_by", _text(), nullable=True),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("length(apps) <= 2048", name=op.f("ck_device_ck_device_apps")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_device_ck_device_customer_id")),
        sa.CheckConstraint("length(device_id) <= 128", name=op.f("ck_device_ck_device_device_id")),
        sa.CheckConstraint("length(exm) <= 128", name=op.f("ck_device_ck_device_exm")),
        sa.CheckConstraint("id_kind IN ('SERIAL', 'IOS', 'ANDROID_ID', 'TAI', 'ZAI')", name=op.f("ck_device_ck_device_id_kind")),
        sa.CheckConstraint("length(last_token) <= 64", name=op.f("ck_device_ck_device_last_token")),
        sa.CheckConstraint("length(manufacturer) <= 128", name=op.f("ck_device_ck_device_manufacturer")),
        sa.CheckConstraint("length(model) <= 128", name=op.f("ck_device_ck_device_model")),
        sa.CheckConstraint("obsoleted_by IN ('PVM', 'EXM', 'PFM')", name=op.f("ck_device_ck_device_obsoleted_by")),
        sa.CheckConstraint("length(os_build) <= 128", name=op.f("ck_device_ck_device_os_build")),
        sa.CheckConstraint("length(os_version) <= 64", name=op.f("ck_device_ck_device_os_version")),
        sa.CheckConstraint("platform IN ('ANDROID', 'IOS')", name=op.f("ck_device_ck_device_platform")),
        sa.CheckConstraint("length(search) <= 1000000", name=op.f("ck_device_ck_device_search")),
        sa.CheckConstraint("length(site) <= 64", name=op.f("ck_device_ck_device_site")),
        sa.CheckConstraint("state IN ('ACTIVE', 'INACTIVE')", name=op.f("ck_device_ck_device_state")),
        sa.CheckConstraint("third_party IN (0, 1)", name=op.f("ck_device_ck_device_third_party")),
        sa.ForeignKeyConstraint(['customer_id', 'site'], ['site.customer_id', 'site.name'], name=op.f("fk_device_customer_id_site")),
        sa.PrimaryKeyConstraint('customer_id', 'device_id', name=op.f("pk_device")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_device_customer_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_device_customer_id_last_contact_at", "device", ['customer_id', 'last_contact_at', 'device_id'], unique=False)
    op.create_index("ix_device_customer_id_site", "device", ['customer_id', 'site', 'device_id'], unique=False)
    op.create_index("ix_device_last_contact_at", "device", ['last_contact_at'], unique=False)


def _add_licenses() -> None:
    op.create_table(
        "extension_manager",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("last_sync_get_at", _whole(), nullable=True),
        sa.Column("last_push_at", _whole(), nullable=True),
        sa.Column("created_at", _whole(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_extension_manager_ck_extension_manager_customer_id")),
        sa.CheckConstraint("length(name) <= 128", name=op.f("ck_extension_manager_ck_extension_manager_name")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_extension_manager_customer_id")),
        sa.PrimaryKeyConstraint('customer_id', 'name', name=op.f("pk_extension_manager")),
        sqlite_strict=True,
    )
    op.create_table(
        "license_lot",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("id", _text(), nullable=False),
        sa.Column("external_id", _text(), nullable=False),
        sa.Column("source", _text(), nullable=False),
        sa.Column("type", _text(), nullable=False),
        sa.Column("term", _text(), nullable=False),
        sa.Column("quantity", _whole(), nullable=False),
        sa.Column("overage_percent", _whole(), nullable=False),
        sa.Column("grace_days", _whole(), nullable=False),
        sa.Column("base_expiration", _whole(), nullable=True),
        sa.Column("valid", _whole(), nullable=False),
        sa.Column("present", _whole(), nullable=False),
        sa.Column("used", _whole(), nullable=False),
        sa.Column("last_verified_at", _whole(), nullable=False),
        sa.Column("created_at", _whole(), nullable=False),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_license_lot_ck_license_lot_customer_id")),
        sa.CheckConstraint("length(external_id) <= 128", name=op.f("ck_license_lot_ck_license_lot_external_id")),
        sa.CheckConstraint("grace_days >= 0", name=op.f("ck_license_lot_ck_license_lot_grace_days")),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_license_lot_ck_license_lot_id")),
        sa.CheckConstraint("overage_percent >= 0", name=op.f("ck_license_lot_ck_license_lot_overage_percent")),
        sa.CheckConstraint("present IN (0, 1)", name=op.f("ck_license_lot_ck_license_lot_present")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_license_lot_ck_license_lot_quantity")),
        sa.CheckConstraint("length(search) <= 1000000", name=op.f("ck_license_lot_ck_license_lot_search")),
        sa.CheckConstraint("source IN ('LEGACY', 'NEW')", name=op.f("ck_license_lot_ck_license_lot_source")),
        sa.CheckConstraint("length(term) <= 64", name=op.f("ck_license_lot_ck_license_lot_term")),
        sa.CheckConstraint("type IN ('STANDARD', 'PREMIUM')", name=op.f("ck_license_lot_ck_license_lot_type")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_license_lot_ck_license_lot_used")),
        sa.CheckConstraint("valid IN (0, 1)", name=op.f("ck_license_lot_ck_license_lot_valid")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_license_lot_customer_id")),
        sa.PrimaryKeyConstraint('customer_id', 'id', name=op.f("pk_license_lot")),
        sa.UniqueConstraint('customer_id', 'external_id', 'type', name=op.f("uq_license_lot_customer_id_external_id_type")),
        sqlite_strict=True,
    )
    op.create_table(
        "license_snapshot",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("day", _text(), nullable=False),
        sa.Column("premium_used", _whole(), nullable=False),
        sa.Column("premium_total", _whole(), nullable=False),
        sa.Column("standard_used", _whole(), nullable=False),
        sa.Column("standard_total", _whole(), nullable=False),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_license_snapshot_ck_license_snapshot_customer_id")),
        sa.CheckConstraint("length(day) <= 10", name=op.f("ck_license_snapshot_ck_license_snapshot_day")),
        sa.CheckConstraint("premium_total >= 0", name=op.f("ck_license_snapshot_ck_license_snapshot_premium_total")),
        sa.CheckConstraint("premium_used >= 0", name=op.f("ck_license_snapshot_ck_license_snapshot_premium_used")),
        sa.CheckConstraint("standard_total >= 0", name=op.f("ck_license_snapshot_ck_license_snapshot_standard_total")),
        sa.CheckConstraint("standard_used >= 0", name=op.f("ck_license_snapshot_ck_license_snapshot_standard_used")),
        sa.PrimaryKeyConstraint('customer_id', 'day', name=op.f("pk_license_snapshot")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_license_snapshot_customer_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "license_assignment",
        sa.Column("customer_id", _text(), nullable=False),
        sa.Column("device_id", _text(), nullable=False),
        sa.Column("feature", _text(), nullable=False),
        sa.Column("type", _text(), nullable=False),
        sa.Column("lot_id", _text(), nullable=False),
        sa.Column("use", _text(), nullable=False),
        sa.Column("holder", _text(), nullable=False),
        sa.Column("exm", _text(), nullable=True),
        sa.Column("app_version", _text(), nullable=False),
        sa.Column("first_assigned_at", _whole(), nullable=False),
        sa.Column("assigned_at", _whole(), nullable=False),
        sa.Column("last_contact_at", _whole(), nullable=False),
        sa.Column("updated_at", _whole(), nullable=False),
        sa.Column("released_at", _whole(), nullable=True),
        sa.Column("release_reason", _text(), nullable=True),
        sa.Column("search", _text(), nullable=False),
        sa.CheckConstraint("length(app_version) <= 64", name=op.f("ck_license_assignment_ck_license_assignment_app_version")),
        sa.CheckConstraint("length(customer_id) <= 32", name=op.f("ck_license_assignment_ck_license_assignment_customer_id")),
        sa.CheckConstraint("length(device_id) <= 128", name=op.f("ck_license_assignment_ck_license_assignment_device_id")),
        sa.CheckConstraint("length(exm) <= 128", name=op.f("ck_license_assignment_ck_license_assignment_exm")),
        sa.CheckConstraint("length(feature) <= 64", name=op.f("ck_license_assignment_ck_license_assignment_feature")),
        sa.CheckConstraint("holder IN ('PVM', 'EXM')", name=op.f("ck_license_assignment_ck_license_assignment_holder")),
        sa.CheckConstraint("length(lot_id) <= 32", name=op.f("ck_license_assignment_ck_license_assignment_lot_id")),
        sa.CheckConstraint("release_reason IN ('SIGN_OUT', 'EXM_TIMEOUT', 'PVM_TIMEOUT', 'OBSOLETE', 'REPLACED', 'REHOMED', 'RETURNED')", name=op.f("ck_license_assignment_ck_license_assignment_release_reason")),
        sa.CheckConstraint("length(search) <= 1000000", name=op.f("ck_license_assignment_ck_license_assignment_search")),
        sa.CheckConstraint("type IN ('STANDARD', 'PREMIUM')", name=op.f("ck_license_assignment_ck_license_assignment_type")),
        sa.CheckConstraint("use IN ('IN_USE', 'HELD', 'RELEASED')", name=op.f("ck_license_assignment_ck_license_assignment_use")),
        sa.PrimaryKeyConstraint('customer_id', 'device_id', 'feature', name=op.f("pk_license_assignment")),
        sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f("fk_license_assignment_customer_id")),
        sa.ForeignKeyConstraint(['customer_id', 'lot_id'], ['license_lot.customer_id', 'license_lot.id'], name=op.f("fk_license_assignment_customer_id_lot_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_license_assignment_customer_id_holder", "license_assignment", ['customer_id', 'holder', 'use', 'last_contact_at'], unique=False)
    op.create_index("ix_license_assignment_customer_id_lot_id", "license_assignment", ['customer_id', 'lot_id', 'use'], unique=False)


def _add_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("name", _text(), nullable=False),
        sa.Column("next_at", _whole(), nullable=False),
        sa.Column("holder", _text(), nullable=True),
        sa.Column("leased_until", _whole(), nullable=True),
        sa.Column("fence", _whole(), nullable=False),
        sa.CheckConstraint("fence >= 0", name=op.f("ck_job_ck_job_fence")),
        sa.CheckConstraint("length(holder) <= 64", name=op.f("ck_job_ck_job_holder")),
        sa.CheckConstraint("length(name) <= 64", name=op.f("ck_job_ck_job_name")),
        sa.PrimaryKeyConstraint('name', name=op.f("pk_job")),
        sqlite_strict=True,
    )
    op.create_table(
        "job_run",
        sa.Column("id", _text(), nullable=False),
        sa.Column("job", _text(), nullable=False),
        sa.Column("started_at", _whole(), nullable=False),
        sa.Column("finished_at", _whole(), nullable=True),
        sa.Column("result", _text(), nullable=False),
        sa.Column("summary", _text(), nullable=False),
        sa.CheckConstraint("length(id) <= 32", name=op.f("ck_job_run_ck_job_run_id")),
        sa.CheckConstraint("length(job) <= 64", name=op.f("ck_job_run_ck_job_run_job")),
        sa.CheckConstraint("result IN ('RUNNING', 'OK', 'FAILED')", name=op.f("ck_job_run_ck_job_run_result")),
        sa.CheckConstraint("length(summary) <= 4096", name=op.f("ck_job_run_ck_job_run_summary")),
        sa.PrimaryKeyConstraint('id', name=op.f("pk_job_run")),
        sqlite_strict=True,
    )
    op.create_index("ix_job_run_job_id", "job_run", ['job', 'id'], unique=False)
    op.create_table(
        "simulated",
        sa.Column("partner", _text(), nullable=False),
        sa.Column("key", _text(), nullable=False),
        sa.Column("body", _text(), nullable=False),
        sa.CheckConstraint("length(body) <= 1000000", name=op.f("ck_simulated_ck_simulated_body")),
        sa.CheckConstraint("length(key) <= 1024", name=op.f("ck_simulated_ck_simulated_key")),
        sa.CheckConstraint("length(partner) <= 32", name=op.f("ck_simulated_ck_simulated_partner")),
        sa.PrimaryKeyConstraint('partner', 'key', name=op.f("pk_simulated")),
        sqlite_strict=True,
    )


def _add(
    table: str, name: str, kind: sa.types.TypeEngine[Any], default: str, check: str | None
) -> None:
    checks = () if check is None else (sa.CheckConstraint(check, name=op.f(f"ck_{table}_{name}")),)
    op.add_column(table, sa.Column(name, kind, *checks, nullable=False, server_default=default))


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _whole() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")

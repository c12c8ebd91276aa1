"""Tables of devices: where they are registered, what they asked for, and how often."""

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint

from reconciler.server.store.columns import LONG, Columns, of_customer, table, whole

_c = Columns()
device_owner = table(
    "device_owner",
    _c,
    _c.text("device_id", 128),
    _c.text("customer_id", 32),
    PrimaryKeyConstraint("device_id"),
    of_customer(),
)
"""The one customer where a device is ACTIVE; an INACTIVE device has no row."""

_c = Columns()
device = table(
    "device",
    _c,
    _c.text("customer_id", 32),
    _c.text("device_id", 128),
    _c.choice("state", "ACTIVE", "INACTIVE"),
    _c.choice("platform", "ANDROID", "IOS"),
    _c.text("manufacturer", 128),
    _c.text("model", 128),
    _c.text("os_version", 64),
    _c.text("os_build", 128),
    _c.choice("id_kind", "SERIAL", "IOS", "ANDROID_ID", "TAI", "ZAI"),
    _c.switch("third_party"),
    _c.text("apps", 2048),
    _c.text("site", 64, null=True),
    whole("site_assigned_at", null=True),
    _c.text("exm", 128, null=True),
    _c.text("last_token", 64, null=True),
    whole("created_at"),
    whole("last_contact_at"),
    whole("obsoleted_at", null=True),
    _c.choice("obsoleted_by", "PVM", "EXM", "PFM", null=True),
    _c.text("search", LONG),
    PrimaryKeyConstraint("customer_id", "device_id"),
    of_customer(),
    ForeignKeyConstraint(["customer_id", "site"], ["site.customer_id", "site.name"]),
    Index("ix_device_customer_id_last_contact_at", "customer_id", "last_contact_at", "device_id"),
    Index("ix_device_customer_id_site", "customer_id", "site", "device_id"),
    Index("ix_device_last_contact_at", "last_contact_at"),
)
"""`apps` is a JSON object: App ID to [version, last contact]; `exm` where it is signed in."""

_c = Columns()
ptt_pro_entry = table(
    "ptt_pro_entry",
    _c,
    _c.text("customer_id", 32),
    _c.text("device_id", 128),
    _c.text("server", 128),
    _c.text("site", 64),
    _c.switch("adopted_from_manual"),
    whole("provisioned_at"),
    PrimaryKeyConstraint("customer_id", "device_id"),
    of_customer(),
)
"""Entries of PTT Pro's device tables that this server made or adopted, and may remove."""

_c = Columns()
ptt_pro_task = table(
    "ptt_pro_task",
    _c,
    _c.text("customer_id", 32),
    _c.text("id", 32),
    _c.text("server", 128),
    _c.text("device_id", 128),
    _c.text("site", 64, null=True),
    _c.count("tries"),
    whole("next_at"),
    whole("created_at"),
    PrimaryKeyConstraint("customer_id", "id"),
    of_customer(),
    Index("ix_ptt_pro_task_next_at", "next_at"),
)
"""What is still to be told to a PTT Pro server; without a site the entry is to be deleted."""

_c = Columns()
history = table(
    "history",
    _c,
    _c.text("customer_id", 32),
    _c.text("id", 32),
    _c.text("customer_code", 40, null=True),
    whole("at"),
    _c.choice("action", "BOOTSTRAP", "REGISTER", "CHECKIN", "LICENSE", "OBSOLETE", "RELEASE"),
    _c.text("token", 128, null=True),
    _c.text("app_id", 64, null=True),
    _c.text("device_id", 128, null=True),
    _c.choice("result", "OK", "FAILED"),
    _c.text("code", 64, null=True),
    _c.text("detail", 1024),
    _c.text("remote_address", 64, null=True),
    _c.text("search", 4096),
    PrimaryKeyConstraint("customer_id", "id"),
    Index("ix_history_id", "id"),
    Index("ix_history_customer_id_device_id_id", "customer_id", "device_id", "id"),
    Index("ix_history_customer_id_action_id", "customer_id", "action", "id"),
    Index("ix_history_customer_id_token_id", "customer_id", "token", "id", "result", "device_id"),
)
"""Every request of a device; it keeps names, so that deleting something rewrites no past.

Who used a token is answered by the index of tokens alone (`TokenRows.uses`).
"""

_c = Columns()
token_request = table(
    "token_request",
    _c,
    _c.text("customer_id", 32),
    _c.text("day", 10),
    _c.text("app_id", 64),
    _c.count("count"),
    PrimaryKeyConstraint("customer_id", "day", "app_id"),
    of_customer(),
)
"""How often tokens were used; `day` is YYYY-MM-DD, UTC."""

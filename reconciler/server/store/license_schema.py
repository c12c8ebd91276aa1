"""Tables of licenses: lots, who holds a seat of them, and what a day looked like."""

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint

from reconciler.server.store.columns import LONG, Columns, of_customer, table, whole

_c = Columns()
license_lot = table(
    "license_lot",
    _c,
    _c.text("customer_id", 32),
    _c.text("id", 32),
    _c.text("external_id", 128),
    _c.choice("source", "LEGACY", "NEW"),
    _c.choice("type", "STANDARD", "PREMIUM"),
    _c.text("term", 64),
    _c.count("quantity"),
    _c.count("overage_percent"),
    _c.count("grace_days"),
    whole("base_expiration", null=True),
    _c.switch("valid"),
    _c.switch("present"),
    _c.count("used"),
    whole("last_verified_at"),
    whole("created_at"),
    _c.text("search", LONG),
    PrimaryKeyConstraint("customer_id", "id"),
    UniqueConstraint("customer_id", "external_id", "type"),
    of_customer(),
)
"""`used` counts the assignments that hold a seat; an own grant raises it only below the total."""

_c = Columns()
license_assignment = table(
    "license_assignment",
    _c,
    _c.text("customer_id", 32),
    _c.text("device_id", 128),
    _c.text("feature", 64),
    _c.choice("type", "STANDARD", "PREMIUM"),
    _c.text("lot_id", 32),
    _c.choice("use", "IN_USE", "HELD", "RELEASED"),
    _c.choice("holder", "PVM", "EXM"),
    _c.text("exm", 128, null=True),
    _c.text("app_version", 64),
    whole("first_assigned_at"),
    whole("assigned_at"),
    whole("last_contact_at"),
    whole("updated_at"),
    whole("released_at", null=True),
    _c.choice(
        "release_reason",
        "SIGN_OUT",
        "EXM_TIMEOUT",
        "PVM_TIMEOUT",
        "OBSOLETE",
        "REPLACED",
        "REHOMED",
        "RETURNED",
        null=True,
    ),
    _c.text("search", LONG),
    PrimaryKeyConstraint("customer_id", "device_id", "feature"),
    of_customer(),
    ForeignKeyConstraint(["customer_id", "lot_id"], ["license_lot.customer_id", "license_lot.id"]),
    Index("ix_license_assignment_customer_id_lot_id", "customer_id", "lot_id", "use"),
    Index(
        "ix_license_assignment_customer_id_holder",
        "customer_id",
        "holder",
        "use",
        "last_contact_at",
    ),
)
"""`use`: IN_USE and HELD occupy a seat; RELEASED stays as a row that does not."""

_c = Columns()
license_snapshot = table(
    "license_snapshot",
    _c,
    _c.text("customer_id", 32),
    _c.text("day", 10),
    _c.count("premium_used"),
    _c.count("premium_total"),
    _c.count("standard_used"),
    _c.count("standard_total"),
    PrimaryKeyConstraint("customer_id", "day"),
    of_customer(),
)

_c = Columns()
extension_manager = table(
    "extension_manager",
    _c,
    _c.text("customer_id", 32),
    _c.text("name", 128),
    whole("last_sync_get_at", null=True),
    whole("last_push_at", null=True),
    whole("created_at"),
    PrimaryKeyConstraint("customer_id", "name"),
    of_customer(),
)

"""A row, or a few, of every table: as the first schema had them, and what later ones added.

Plain values, written by plain SQL, so that no code of the program stands between them and a test.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, text

Rows = Mapping[str, tuple[Mapping[str, Any], ...]]

ACME, GLOBEX = "a" * 32, "b" * 32
CHIEF, VENDOR = "c" * 32, "d" * 32
AT = 1_770_000_000_000
TEXT = '{"name": "Zürich \\u0000 \U0001f680", "big": 1e400, "line": "a\\nb\u2028"}'
_STAMPS = {"source": None, "created_at": AT, "updated_at": AT + 1, "version": 3, "search": "s"}


def _customer(id_: str, code: str, key: str | None) -> Mapping[str, Any]:
    return {
        "id": id_,
        "code": code,
        "name": f"{code} Ltd",
        "voice": 1,
        "extension_manager": 1,
        "ptt_pro": 0,
        "profile_manager": 0,
        "profile": "3.1",
        "exm_url": "",
        "exm_key_hash": key,
        "ptt_pro_server_name": "",
        "overage_percent": 110,
        "grace_period_days": 30,
        "license_release_days": 30,
        "exm_release_minutes": 60,
        "ptt_pro_removal_days": 30,
        "license_check_days": 90,
        "created_at": AT,
        "updated_at": AT,
        "version": 1,
        "search": code,
    }


def _user(id_: str, customer: str | None, login: str, role: str) -> Mapping[str, Any]:
    return {
        **_STAMPS,
        "id": id_,
        "customer_id": customer,
        "login_name": login.title(),
        "login_key": login,
        "user_name": "A Person",
        "role": role,
        "email": f"{login}@example.com",
        "email_key": f"{login}@example.com",
        "password_hash": None,
        "status": "INVITED",
        "last_login_at": None,
    }


FIRST: Rows = {
    "customer": (_customer(ACME, "acme", "e" * 64), _customer(GLOBEX, "globex", None)),
    "portal_user": (
        _user(VENDOR, None, "vendor", "Vendor-Admin"),
        _user(CHIEF, ACME, "chief", "Super-Admin"),
    ),
    "credential": (
        {
            "hash": "1" * 64,
            "user_id": CHIEF,
            "name": "ci",
            "scope": "read",
            "created_at": AT,
            "expires_at": AT + 10,
            "last_used_at": None,
        },
    ),
    "link": ({"hash": "2" * 64, "user_id": CHIEF, "created_at": AT, "expires_at": AT + 10},),
    "throttle": ({"key": "login:chief", "tries": 2, "last_at": AT},),
    "bootstrap": (
        {
            **_STAMPS,
            "customer_id": ACME,
            "name": "voice",
            "text": TEXT,
            "sha256": sha256(TEXT.encode()).hexdigest(),
            "updated_by": "chief",
            "source": "org/repo@abc objects/a.yaml:3",
        },
    ),
    "token_owner": ({"name_key": "boat", "customer_id": ACME},),
    "token": (
        {
            **_STAMPS,
            "customer_id": ACME,
            "name_key": "boat",
            "name": "Boat",
            "app_id": "WFC_VOICE_ANDROID",
            "bootstrap": "voice",
            "description": "",
            "updated_by": "chief",
            "last_used_at": AT,
            "use_count": 7,
        },
    ),
    "site": (
        {
            **_STAMPS,
            "customer_id": ACME,
            "name": "Zürich",
            "pro_server_name": "pro-1",
            "updated_by": "chief",
        },
    ),
    "event": (
        {
            "customer_id": "",
            "id": "3" * 32,
            "customer_code": None,
            "at": AT,
            "user_login": "vendor",
            "type": "LOGIN",
            "severity": "INFO",
            "info": "signed in",
            "target": None,
            "source": None,
            "search": "s",
        },
    ),
    "outbox": (
        {
            "id": "4" * 32,
            "customer_id": ACME,
            "recipient": "chief@example.com",
            "kind": "WELCOME",
            "subject": "Welcome",
            "body": "Hello\n",
            "created_at": AT,
            "sent_at": None,
        },
    ),
    "outbox_attachment": (
        {
            "mail_id": "4" * 32,
            "position": 0,
            "name": "qr.png",
            "media_type": "image/png",
            "content": bytes(range(256)),
        },
    ),
}
"""What the first schema can hold."""

NEW_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "customer": {"flags": "{}"},
    "portal_user": {"service_account": 0},
    "site": {"origin": "API"},
    "outbox": {"tries": 0, "next_at": 0},
}
"""What later schemas put into rows of the first."""

NEW_TABLES: Rows = {
    "device_owner": ({"device_id": "TC52-1", "customer_id": ACME},),
    "device": (
        {
            "customer_id": ACME,
            "device_id": "TC52-1",
            "state": "ACTIVE",
            "platform": "ANDROID",
            "manufacturer": "Zebra",
            "model": "TC52",
            "os_version": "11",
            "os_build": "",
            "id_kind": "SERIAL",
            "third_party": 0,
            "apps": "{}",
            "site": "Zürich",
            "site_assigned_at": AT,
            "exm": None,
            "last_token": "Boat",
            "created_at": AT,
            "last_contact_at": AT,
            "obsoleted_at": None,
            "obsoleted_by": None,
            "search": "tc52-1",
        },
    ),
    "ptt_pro_entry": (
        {
            "customer_id": ACME,
            "device_id": "TC52-1",
            "server": "pro-1",
            "site": "Zürich",
            "adopted_from_manual": 0,
            "provisioned_at": AT,
        },
    ),
    "ptt_pro_task": (
        {
            "customer_id": ACME,
            "id": "5" * 32,
            "server": "pro-1",
            "device_id": "TC52-1",
            "site": None,
            "tries": 1,
            "next_at": AT,
            "created_at": AT,
        },
    ),
    "history": (
        {
            "customer_id": ACME,
            "id": "6" * 32,
            "customer_code": "acme",
            "at": AT,
            "action": "BOOTSTRAP",
            "token": "Boat",
            "app_id": "WFC_VOICE_ANDROID",
            "device_id": "TC52-1",
            "result": "OK",
            "code": None,
            "detail": "",
            "remote_address": "192.0.2.7",
            "search": "boat",
        },
    ),
    "token_request": (
        {"customer_id": ACME, "day": "2026-03-01", "app_id": "WFC_VOICE_ANDROID", "count": 7},
    ),
    "license_lot": (
        {
            "customer_id": ACME,
            "id": "7" * 32,
            "external_id": "AID-1",
            "source": "NEW",
            "type": "STANDARD",
            "term": "1Y",
            "quantity": 10,
            "overage_percent": 10,
            "grace_days": 30,
            "base_expiration": AT,
            "valid": 1,
            "present": 1,
            "used": 1,
            "last_verified_at": AT,
            "created_at": AT,
            "search": "aid-1",
        },
    ),
    "license_assignment": (
        {
            "customer_id": ACME,
            "device_id": "TC52-1",
            "feature": "PBX",
            "type": "STANDARD",
            "lot_id": "7" * 32,
            "use": "IN_USE",
            "holder": "PVM",
            "exm": None,
            "app_version": "9.0.20400",
            "first_assigned_at": AT,
            "assigned_at": AT,
            "last_contact_at": AT,
            "updated_at": AT,
            "released_at": None,
            "release_reason": None,
            "search": "tc52-1",
        },
    ),
    "license_snapshot": (
        {
            "customer_id": ACME,
            "day": "2026-03-01",
            "premium_used": 0,
            "premium_total": 0,
            "standard_used": 1,
            "standard_total": 11,
        },
    ),
    "extension_manager": (
        {
            "customer_id": ACME,
            "name": "exm-1",
            "last_sync_get_at": None,
            "last_push_at": AT,
            "created_at": AT,
        },
    ),
    "job": (
        {"name": "license-sync", "next_at": AT, "holder": None, "leased_until": None, "fence": 4},
    ),
    "job_run": (
        {
            "id": "8" * 32,
            "job": "license-sync",
            "started_at": AT,
            "finished_at": AT + 5,
            "result": "OK",
            "summary": "{}",
        },
    ),
    "simulated": ({"partner": "licenses", "key": "acme", "body": "{}"},),
}
"""What only later schemas can hold."""

TODAY: Rows = {
    **{
        table: tuple({**row, **NEW_COLUMNS.get(table, {})} for row in rows)
        for table, rows in FIRST.items()
    },
    **NEW_TABLES,
}
"""What today's schema can hold: each row of the first is part of it."""


def insert_rows(connection: Connection, rows: Rows) -> None:
    """Write them, table by table, in their order."""
    for table, found in rows.items():
        for row in found:
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join(f":{name}" for name in row)
            connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({places})'), row)  # noqa: S608 - our own names


def read_rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    """Every row of a table, in an order of its own."""
    found = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()  # noqa: S608 - as above
    return as_read([dict(row) for row in found])


def as_read(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as `read_rows` gives them: no matter in which order columns and rows come."""
    return sorted((dict(sorted(row.items())) for row in rows), key=repr)

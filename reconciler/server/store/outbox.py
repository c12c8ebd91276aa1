"""Mails that wait for being sent, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.mail import Attachment, Mail
from reconciler.server.store.binding import Binding
from reconciler.server.store.schema import outbox as table
from reconciler.server.store.schema import outbox_attachment
from reconciler.server.usecases.ports import WaitingMail

_ID = table.c.id
_UNSENT = table.c.sent_at.is_(None)


class OutboxRows:
    """The `Outbox` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def add(self, mails: Sequence[Mail]) -> None:
        """Queue mails in this transaction."""
        if not mails:
            return
        owner = self._binding.customer_id
        self._binding.connection.execute(
            insert(table), [_values(mail) | {"customer_id": owner} for mail in mails]
        )
        files = [
            {
                "mail_id": mail.id,
                "position": position,
                "name": file.name,
                "media_type": file.media_type,
                "content": file.content,
            }
            for mail in mails
            for position, file in enumerate(mail.attachments)
        ]
        if files:
            self._binding.connection.execute(insert(outbox_attachment), files)

    def waiting(self) -> Sequence[Mail]:
        """What waits within the transaction's reach, oldest first."""
        return [found.mail for found in self._found(select(table).where(_UNSENT).order_by(_ID))]

    def due(self, now: datetime, since: datetime, limit: int) -> Sequence[WaitingMail]:
        """What waits, was made after `since` and is to be tried now; the oldest first."""
        return self._found(
            select(table)
            .where(
                _UNSENT,
                table.c.next_at <= milliseconds(now),
                table.c.created_at > milliseconds(since),
            )
            .order_by(_ID)
            .limit(limit)
        )

    def latest(self, limit: int) -> Sequence[WaitingMail]:
        """What was made last, sent or not, the newest first."""
        return self._found(select(table).order_by(_ID.desc()).limit(limit))

    def mark_sent(self, mail_id: str, now: datetime, *, keep: bool) -> None:
        """Note that a mail has gone; its text and files go with it unless they are kept."""
        values: dict[str, object] = {"sent_at": milliseconds(now)}
        if not keep:
            values["body"] = ""
            self._binding.connection.execute(
                delete(outbox_attachment).where(outbox_attachment.c.mail_id == mail_id)
            )
        self._binding.connection.execute(
            update(table).where(table.c.id == mail_id).values(**values)
        )

    def postpone(self, mail_id: str, tries: int, next_at: datetime) -> None:
        """Note how often a mail failed, and when it is tried again."""
        self._binding.connection.execute(
            update(table)
            .where(table.c.id == mail_id)
            .values(tries=tries, next_at=milliseconds(next_at))
        )

    def forget(self, before: datetime) -> int:
        """Drop mails that were made before, sent or not; how many there were."""
        gone = self._binding.connection.execute(
            delete(table).where(table.c.created_at < milliseconds(before))
        )
        return gone.rowcount

    def _found(self, statement: Select[Any]) -> list[WaitingMail]:
        rows = self._binding.connection.execute(
            statement.where(self._binding.owns(table.c.customer_id))
        ).all()
        return [
            WaitingMail(
                mail=self._mail(row),
                customer=self._binding.customers.get(row.customer_id),
                tries=row.tries,
                sent_at=None if row.sent_at is None else moment(row.sent_at),
            )
            for row in rows
        ]

    def _mail(self, row: Row[Any]) -> Mail:
        return Mail(
            id=row.id,
            to=row.recipient,
            kind=row.kind,
            subject=row.subject,
            body=row.body,
            created_at=moment(row.created_at),
            attachments=self._attachments(row.id),
        )

    def _attachments(self, mail_id: str) -> tuple[Attachment, ...]:
        rows = self._binding.connection.execute(
            select(outbox_attachment)
            .where(outbox_attachment.c.mail_id == mail_id)
            .order_by(outbox_attachment.c.position)
        )
        return tuple(Attachment(row.name, row.media_type, row.content) for row in rows)


def _values(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "recipient": mail.to,
        "kind": mail.kind,
        "subject": mail.subject,
        "body": mail.body,
        "created_at": milliseconds(mail.created_at),
        "sent_at": None,
        "tries": 0,
        "next_at": milliseconds(mail.created_at),
    }

"""Mails that wait for being sent, in SQL."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.mail import Attachment, Mail
from reconciler.server.store.binding import Binding
from reconciler.server.store.schema import outbox as table
from reconciler.server.store.schema import outbox_attachment


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
        rows = self._binding.connection.execute(
            select(table)
            .where(table.c.sent_at.is_(None), self._binding.owns(table.c.customer_id))
            .order_by(table.c.id)
        ).all()
        return [
            Mail(
                id=row.id,
                to=row.recipient,
                kind=row.kind,
                subject=row.subject,
                body=row.body,
                created_at=moment(row.created_at),
                attachments=self._attachments(row.id),
            )
            for row in rows
        ]

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
    }

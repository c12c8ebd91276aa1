"""Setting up a customer: its row, its starter pairs, its first Super-Admin and their mails."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.change_set import BootstrapContent, KindName, Operation
from reconciler.server.domain.customer import Customer, CustomerContent
from reconciler.server.domain.event import EventType
from reconciler.server.domain.identifiers import CHANCE_BYTES, new_id
from reconciler.server.domain.names import fold
from reconciler.server.domain.roles import Role
from reconciler.server.domain.session import SECRET_BYTES, encode_secret, hash_secret
from reconciler.server.domain.starter import (
    StarterPair,
    direct_access_pair,
    extension_manager_pair,
    token_name,
    wants_direct_access,
    wants_extension_manager,
)
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import User, UserContent
from reconciler.server.domain.write import Circumstances, Result, Written
from reconciler.server.usecases.changes import Act, check_operation
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.mail import welcome
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.scope import present


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """A new customer's first Super-Admin; invited by mail when there is no password."""

    login_name: str
    user_name: str
    email: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Setup:
    """One order of the vendor, carried out within the vendor's transaction."""

    world: World
    caller: Caller
    code: str
    content: CustomerContent
    how: Circumstances

    def create(
        self, tx: Transaction, first: FirstAdministrator, password_hash: str | None
    ) -> Written[Customer]:
        """A new customer with everything that it starts with."""
        now = present(self.world)
        chance = self.world.chance(CHANCE_BYTES)
        customer = Customer(new_id(now, chance), self.code, self.content, now, now, 1)
        user = self._user_operation(first)
        check_operation(user)
        if self.how.dry_run:
            return Written(Result.CREATED, customer)
        pairs, key_hash = self._pairs(before=None)
        tx.customers.insert(customer, key_hash)
        inside, act = self._enter(tx, customer)
        self._note(inside, act, EventType.CUSTOMER_ADD, "created")
        self._add_administrator(inside, act, user, password_hash)
        tokens = self._add_pairs(inside, act, pairs)
        if tokens:
            desk = Desk.open(self.world, act.tenant, self.caller.login_name)
            desk.mails.append(welcome(desk.envelope(first.email), self.content.name, tokens))
            desk.file(inside)
        return Written(Result.CREATED, customer)

    def change(self, tx: Transaction, current: Customer) -> Written[Customer]:
        """New settings; pairs that a new entitlement brings are added (Q-59)."""
        if current.content == self.content:
            return Written(Result.UNCHANGED, current)
        customer = replace(
            current,
            content=self.content,
            updated_at=present(self.world),
            version=current.version + 1,
        )
        if not self.how.dry_run:
            pairs, key_hash = self._pairs(before=current.content)
            tx.customers.update(customer, key_hash)
            inside, act = self._enter(tx, customer)
            self._note(inside, act, EventType.CUSTOMER_UPDATE, "updated")
            self._add_pairs(inside, act, pairs)
        return Written(Result.UPDATED, customer)

    def _pairs(self, before: CustomerContent | None) -> tuple[list[StarterPair], str | None]:
        """The pairs that this order brings, and the hash of a new Extension Manager key.

        The key itself stands in its bootstrap only (B-19).
        """
        pairs: list[StarterPair] = []
        key_hash = None
        if wants_direct_access(self.content) and not (before and wants_direct_access(before)):
            pairs.append(direct_access_pair())
        had_exm = before is not None and wants_extension_manager(before)
        if wants_extension_manager(self.content) and not had_exm:
            api_key = encode_secret(self.world.chance(SECRET_BYTES))
            key_hash = hash_secret(api_key)
            pairs.append(extension_manager_pair(self.content.exm_url, api_key))
        return pairs, key_hash

    def _add_pairs(self, inside: Transaction, act: Act, pairs: Sequence[StarterPair]) -> list[str]:
        """Store pairs whose bootstrap is not there yet; the names of their tokens."""
        existing = inside.bootstraps.find([pair.bootstrap for pair in pairs])
        names: list[str] = []
        for pair in pairs:
            if pair.bootstrap in existing:
                continue
            taken = bool(inside.tokens.taken_elsewhere([fold(pair.token)]))
            name = token_name(pair.token, self.code, taken=taken)
            document = BootstrapContent(pair.text)
            content = TokenContent(AppId.VOICE, pair.bootstrap, "")
            self._put(inside, act, Operation(KindName.BOOTSTRAP, pair.bootstrap, document))
            self._put(inside, act, Operation(KindName.TOKEN, name, content))
            names.append(name)
        return names

    def _add_administrator(
        self, inside: Transaction, act: Act, operation: Operation, password_hash: str | None
    ) -> None:
        outcome = act.run_single(inside, operation, dry_run=False)
        if password_hash is not None:
            user = cast("User", outcome.row)
            inside.users.set_password(user.id, password_hash, present(self.world))

    def _user_operation(self, first: FirstAdministrator) -> Operation:
        content = UserContent(Role.SUPER_ADMIN, first.user_name, first.email, first.password)
        return Operation(KindName.PORTAL_USER, first.login_name, content, source=self.how.source)

    def _put(self, inside: Transaction, act: Act, operation: Operation) -> None:
        act.run_single(inside, operation, dry_run=False)

    def _enter(self, tx: Transaction, customer: Customer) -> tuple[Transaction, Act]:
        ref = CustomerRef(customer.id, customer.code, customer.content.name)
        return tx.within(ref), Act(self.world, self.caller, ref)

    def _note(self, inside: Transaction, act: Act, kind: EventType, done: str) -> None:
        desk = Desk.open(self.world, act.tenant, self.caller.login_name)
        desk.note(Fact(kind, f"customer {self.code} {done}", self.code, self.how.source))
        desk.file(inside)

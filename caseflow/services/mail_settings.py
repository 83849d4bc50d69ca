"""How one's own reminders come by mail: to which address, one by one or once a day."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final, Literal, get_args

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.mail_address import address_fault
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.staff import MailWish

MailMode = Literal["digest", "each"]
MAIL_MODES: Final[tuple[MailMode, ...]] = get_args(MailMode)
_MODE = Words("Choose one mail a day or one mail a reminder", "请选择每日汇总或逐条发送")


class MailSettingsRefused(Exception):
    """What was chosen cannot stand so: (input, words) of everything that is wrong."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class MailSettings:
    """The use cases of one's own mail. Escalations always come at once, whatever is chosen."""

    store: Store
    time: BusinessTime

    def own(self, actor: Actor) -> MailWish:
        """Return the actor's address (None: no mail) and mode."""
        with self.store.begin() as work:
            return work.staff.mail_wish(actor.id)

    def choose(self, actor: Actor, email: str | None, mail_mode: str) -> None:
        """Keep where and how the actor's reminders come; an empty address means no mail, only the inbox.

        Raises :class:`MailSettingsRefused`; its inputs are ``email`` and ``mail_mode``.
        """
        address = (email or "").strip() or None
        faults: list[tuple[str, Words]] = []
        fault = address_fault(address) if address is not None else None
        if fault is not None:
            faults.append(("email", fault))
        if mail_mode not in MAIL_MODES:
            faults.append(("mail_mode", _MODE))
        if faults:
            raise MailSettingsRefused(*faults)
        wish = MailWish(address, mail_mode)
        with self.store.begin() as work:
            if work.staff.mail_wish(actor.id) == wish:
                return
            # The address stands in the record: whoever asks where reminders went must find out.
            event = AuditEvent(
                key=f"mail_settings:{uuid.uuid4()}",
                at=self.time.now(),
                actor_id=actor.id,
                office_id=actor.office_id,
                action="mail_settings_chosen",
                body={"email": address, "mail_mode": mail_mode},
            )
            work.staff.set_mail_wish(actor.id, wish, event)
            work.commit()


__all__ = ["MAIL_MODES", "MailMode", "MailSettings", "MailSettingsRefused"]

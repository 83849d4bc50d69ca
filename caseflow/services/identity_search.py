"""Looking for the cases of an identity number within one's own office, with a reason, and never without a trace."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.identity_numbers import normalised, person_key
from caseflow.domain.reading import cleaned, text_faults
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.privacy import IDENTITY, FieldCipher
from caseflow.services.ports.reading import Found, NewSearch
from caseflow.services.reading import ReasonRefused

MOST_AN_HOUR: Final = 20
LONGEST_NUMBER: Final = 60
_NO_NUMBER: Final = Words("Give the whole identity number.", "请填写完整的证件号码。")


class TooManySearches(Exception):
    """Nobody searches so often within an hour; nothing was looked up."""


@dataclass(frozen=True)
class IdentitySearch:
    """The use case. Only equal numbers are found, through their blind index, which says nothing across offices."""

    store: Store
    time: BusinessTime
    cipher: FieldCipher

    def look(self, actor: Actor, number: str, reason: str) -> Sequence[Found]:
        """Return the cases of the actor's office whose party has this identity number, newest first; log the search.

        The log keeps who, why, the blind index and how many were found, also where none was; it never keeps the number.
        Raises ``NotPermitted``, :class:`ReasonRefused` and :class:`TooManySearches`.
        """
        check_permission(actor, Permission.SEARCH_IDENTITY)
        whole = normalised(number)
        faults = list(text_faults(reason))
        if not whole or len(whole) > LONGEST_NUMBER:
            faults.insert(0, ("number", _NO_NUMBER))
        if faults:
            raise ReasonRefused(*faults)
        index = self.cipher.index(IDENTITY, actor.office_id, person_key(whole))
        indexes = tuple(self.cipher.indexes(IDENTITY, actor.office_id, person_key(whole)))
        with self.store.begin() as work:
            hour_ago = self.time.real_now() - timedelta(hours=1)
            if work.readings.searches_since(actor.id, hour_ago) >= MOST_AN_HOUR:
                raise TooManySearches
            new = NewSearch(index, indexes, cleaned(reason), self.time.today(), uuid.uuid4().hex)
            found = work.readings.search(actor, new)
            work.commit()
        return found

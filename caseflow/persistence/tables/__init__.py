"""Every table, as SQLAlchemy Core, one module a subject. The invariants that need triggers stand in the migrations."""

from caseflow.persistence.tables import api_tokens as _api_tokens  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import auditing as _auditing  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import bank as _bank  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import casebooks as _casebooks  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import files as _files  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import grants as _grants  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import ledger as _ledger  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import papers as _papers  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import parties as _parties  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import passkeys as _passkeys  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import person_access as _person_access  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import reading as _reading  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import receipts as _receipts  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import record as _record  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import referral as _referral  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import referral_desk as _referral_desk  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import reminders as _reminders  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import reported as _reported  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import retention as _retention  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import service as _service  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import sign_in as _sign_in  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import spending as _spending  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import spine as _spine  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import submissions as _submissions  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables import wind_down as _wind_down  # noqa: F401 - the tables enter the metadata
from caseflow.persistence.tables.base import metadata

__all__ = ["metadata"]

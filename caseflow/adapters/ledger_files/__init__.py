"""The formats that one line of the ledger can be exported in."""

from __future__ import annotations

from collections.abc import Mapping

from caseflow.adapters.ledger_files.beancount import Beancount
from caseflow.adapters.ledger_files.hledger import Hledger
from caseflow.adapters.ledger_files.sheets import Csv, Xlsx
from caseflow.services.ports.ledger_reads import ExportFormat

FORMATS: Mapping[str, ExportFormat] = {"csv": Csv(), "xlsx": Xlsx(), "beancount": Beancount(), "hledger": Hledger()}

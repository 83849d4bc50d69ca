"""Importing an old casebook: looked at first, row by row, then written all or nothing, or the good rows only.

A file is entered, its columns are chosen, every row is judged, then one transaction writes all cases. What is not good
waits in a quarantine, where a row is mended and judged again, or left out with a reason. What the office has already is
never written twice, so a killed import and a file that comes again both end the same.
"""

from caseflow.services.case_imports.plans import (
    Annotated,
    BookFile,
    BookRead,
    ImportHeader,
    ImportMovedOn,
    ImportPage,
    ImportRefused,
    ImportReport,
    ImportRow,
    Mended,
    NoSuchImport,
    TakenIn,
)
from caseflow.services.case_imports.room import CaseImports
from caseflow.services.case_imports.work import imports_wait

__all__ = [
    "Annotated",
    "BookFile",
    "BookRead",
    "CaseImports",
    "ImportHeader",
    "ImportMovedOn",
    "ImportPage",
    "ImportRefused",
    "ImportReport",
    "ImportRow",
    "Mended",
    "NoSuchImport",
    "TakenIn",
    "imports_wait",
]

"""``python -m caseflow.cli`` is the command ``caseflow``."""

from caseflow.cli import main

main(prog_name="caseflow")

"""Typed doors to the message catalogue: English in the source, Chinese in ``translations/zh``.

After new words, in ``caseflow/web/translations`` (``MAP`` is its ``babel.cfg``): ``pybabel extract --no-location
--sort-output -F MAP -o messages.pot`` over the whole tree, ``pybabel update -N --omit-header --no-location -l zh -d .
-i messages.pot``, translate, ``pybabel compile -d .``. The ``.po`` and the ``.mo`` are committed, and a test holds
them against the source.
"""

from __future__ import annotations

import flask_babel


def _(text: str, **values: object) -> str:
    """Return ``text`` in the language of the request, with its named values filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Return the form that fits ``num``, which the text may quote as ``%(num)d``."""
    return str(flask_babel.ngettext(one, many, num, **values))

"""The host, port and parts of a server's address, as far as they can be reached as written. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST_HOST_NAME: Final = 253
# With underscores, which names inside a private network have.
_HOST_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME: Final = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})*\.?")


def server_of(text: str) -> SplitResult | None:
    """Return the parts of an address whose host and port can be reached as written; None where they cannot."""
    # Python would silently leave out line breaks and tabs.
    if not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        if parts.netloc.rpartition("@")[2].startswith("["):
            ipaddress.IPv6Address(host)
            return parts if port != 0 else None
    except ValueError:
        return None
    fits = len(host) <= LONGEST_HOST_NAME and _HOST_NAME.fullmatch(host)
    return parts if fits and port != 0 else None


def has_more(text: str) -> bool:
    """Whether an address has a query or a fragment, be it an empty one."""
    return "?" in text or "#" in text

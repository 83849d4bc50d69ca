"""What can go wrong with a server."""

from __future__ import annotations


class ServerError(Exception):
    """A server cannot be started, reached or trusted; the message is a sentence that says how to mend it."""

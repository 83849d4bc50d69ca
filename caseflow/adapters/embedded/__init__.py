"""PostgreSQL and Valkey from wheels, started and watched by caseflow: for evaluation and for one office."""

from caseflow.adapters.embedded.attach import attach_or_start, check_given, complete
from caseflow.adapters.embedded.errors import ServerError
from caseflow.adapters.embedded.keys import kept_secret_keys
from caseflow.adapters.embedded.locks import HomeInUse, held, only_one
from caseflow.adapters.embedded.servers import EmbeddedServers, ServerAddresses
from caseflow.adapters.embedded.versions import ServerReport, check_postgres, check_redis

__all__ = [
    "EmbeddedServers",
    "HomeInUse",
    "ServerAddresses",
    "ServerError",
    "ServerReport",
    "attach_or_start",
    "check_given",
    "check_postgres",
    "check_redis",
    "complete",
    "held",
    "kept_secret_keys",
    "only_one",
]

"""The statements of the sealed record. What is said of every kind stands once, and is written out for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import TextClause, text

TABLES: Final[Mapping[str, str]] = {"event": "audit_event", "transfer": "transfer"}

# Where the log ends, below which transaction number nothing can come any more, and how far writing has come.
# A database restored into a new cluster starts its transaction numbers anew, below those of its own record.
END = text("""
select l.kind, l.ref_id, coalesce(l.xid, '0')::text as after_xid, pg_snapshot_xmin(now.seen)::text as before_xid,
       pg_snapshot_xmax(now.seen)::text::bigint as next_xid,
       coalesce(l.xid >= pg_snapshot_xmax(now.seen), false) as restored,
       coalesce((select max(id) from audit_event), 0) as newest_event,
       coalesce((select max(id) from transfer), 0) as newest_transfer
  from (select pg_current_snapshot() as seen) as now
  left join (select kind, ref_id, xid from log_leaf order by seq desc limit 1) as l on true
""")

# Of the last transaction sealed, ``after_KIND`` is the highest number of a kind that is in the log.
_AFTER = "(r.xid, r.id) > (cast(:after_xid as xid8), :after_{kind})"
_FINAL = f"r.xid < cast(:before_xid as xid8) and {_AFTER}"
_NOT_LOGGED = "not exists (select from log_leaf l where l.kind = '{kind}' and l.ref_id = r.id)"


def _of_each(pattern: str, joined_by: str = " union all ") -> str:
    return joined_by.join(pattern.format(kind=kind, table=table) for kind, table in TABLES.items())


def _appending(which: str, order: str) -> TextClause:
    parts = _of_each(
        "(select xid, '{kind}'::text as kind, id, leaf from {table} r "
        f"where {which} and {_NOT_LOGGED} order by {order}id limit :limit)"
    )
    # nosemgrep: sql-by-string - called below, with literals only
    return text(f"""
with next as (
  select *, row_number() over (order by {order}kind, id) as place from ({parts}) as found
   order by place limit :limit
), added as (
  insert into log_leaf (seq, kind, ref_id, xid, leaf)
  select :size + place - 1, kind, id, xid, leaf from next returning seq, xid, leaf
)
select leaf, xid::text::bigint as xid from added order by seq
""")


APPEND_FINAL = _appending(_FINAL, "xid, ")
# After a restore whatever is not in the log comes next, what the old cluster left over first, until the numbers of
# transactions have caught up.
APPEND_LEFT_OVER = _appending("true", "xid < cast(:next_xid as xid8), xid, ")


def _waiting(which: str) -> TextClause:
    parts = _of_each(f"(select r.at from {{table}} r where {which} and {_NOT_LOGGED} limit :cap)")
    return text(f"select count(*) as waiting, min(at) as oldest_at from ({parts}) as found")  # nosemgrep: sql-by-string


WAITING, WAITING_LEFT_OVER = _waiting(_AFTER), _waiting("true")

_EVENT = (
    "r.key, r.at, r.actor_id, r.office_id, r.action, n.number as case_number, r.seq as step_seq, r.body, "
    "r.leaf as row_leaf"
)
_EVENT_JOINS = "left join cases n on n.id = r.case_id"


# Only the code of an account is sealed; an account of another kind, line or office under the same code is no match.
def _code(side: str, account: str) -> str:
    fits = f"({account}.office_id, {account}.line, {account}.kind) = (r.office_id, r.line, r.{side}_kind)"
    return f"case when {fits} then {account}.code else concat({account}.code, ' of another kind') end as {side}"


_TRANSFER = (
    f"r.key, r.leg, r.office_id, r.line, r.operation, {_code('debit', 'd')}, r.debit_kind, {_code('credit', 'c')}, "
    "r.credit_kind, r.amount_fen, r.booked_on, r.value_on, r.at, r.actor_id, n.number as case_number, r.seq, "
    "r.document, r.reason, v.key as reverses_key, v.leg as reverses_leg, r.leaf as row_leaf"
)
_TRANSFER_JOINS = (
    "left join account d on d.id = r.debit_id left join account c on c.id = r.credit_id "
    "left join cases n on n.id = r.case_id left join transfer v on v.id = r.reverses_id"
)
_COLUMNS = {"event": _EVENT, "transfer": _TRANSFER}
_JOINS = {"event": _EVENT_JOINS, "transfer": _TRANSFER_JOINS}

LOGGED = {
    kind: text(f"""
select l.seq as place, l.ref_id, l.xid::text::bigint as xid, l.leaf as logged_leaf, r.id, {_COLUMNS[kind]}
  from log_leaf l left join {table} r on r.id = l.ref_id {_JOINS[kind]}
 where l.kind = '{kind}' order by l.seq
""")
    for kind, table in TABLES.items()
}
UNSEALED = {
    kind: text(f"""
select r.id, r.xid::text::bigint as xid, {_COLUMNS[kind]},
       not ({_AFTER.format(kind=kind)}) as misplaced
  from {table} r {_JOINS[kind]} where {_NOT_LOGGED.format(kind=kind)} order by r.id
""")
    for kind, table in TABLES.items()
}
RECORD = {
    kind: text(f"select r.id, {_COLUMNS[kind]} from {table} r {_JOINS[kind]} where r.id = :ref_id")
    for kind, table in TABLES.items()
}
NUMBERS = {
    "event": text("select id from audit_event where key = :key"),
    "transfer": text("select id from transfer where key = :key order by leg"),
}

_HEAD = (
    "select tree_size, root, previous_size, previous_root, at, newest_event, newest_transfer, next_xid, public_key, "
    "signature from signed_head"
)
HEADS = text(f"{_HEAD} order by tree_size")
HEADS_BEFORE = text(f"{_HEAD} where tree_size < :tree_size order by tree_size desc limit :limit")
HEAD_OF = text(f"{_HEAD} where tree_size = :tree_size")
HEAD_COVERING = text(f"{_HEAD} where tree_size > :place order by tree_size limit 1")
ADD_HEAD = text(
    "insert into signed_head (tree_size, root, previous_size, previous_root, at, newest_event, newest_transfer, "
    "next_xid, public_key, signature) values (:tree_size, :root, :previous_size, :previous_root, :at, :newest_event, "
    ":newest_transfer, :next_xid, :public_key, :signature)"
)

ADD_NODES = text(
    "insert into log_node (level, position, hash) select * from unnest("
    "cast(:levels as smallint[]), cast(:positions as bigint[]), cast(:hashes as bytea[]))"
)
NODES = text(
    "select n.level, n.position, n.hash from log_node n join unnest(cast(:levels as smallint[]), "
    "cast(:positions as bigint[])) as w(level, position) using (level, position)"
)
LEAVES = text(
    "select l.seq, l.leaf from unnest(cast(:starts as bigint[]), cast(:ends as bigint[])) as w(low, high) "
    "join log_leaf l on l.seq >= w.low and l.seq < w.high"
)

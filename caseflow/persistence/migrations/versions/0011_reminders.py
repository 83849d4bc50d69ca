"""Reminders: ladders on the clocks, rungs that took effect, mail, mutes, substitutes, feeds, the pulse of the jobs.

A clock carries its ladder as dates; the sweep finds what is due through a partial index. Each rung has one row for ever.
Clocks that run when this is applied have no ladder yet (null): the timetable reckons them.

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The office's date by PostgreSQL's clock, moved in a training database: what is due does not hang on a worker's clock.
BUSINESS_DATE = """
create function business_date() returns date language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select (clock_timestamp() at time zone 'Asia/Shanghai')::date
       + coalesce((select date_shift_days from public.installation), 0)
$$
"""
GUARD_SUBSTITUTION = """
create function guard_substitution() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a substitution is ended, never deleted' using errcode = '42501';
  end if;
  if tg_op = 'UPDATE' then
    -- What ends tomorrow may still be ended today.
    if new.ended_on is null or new.ended_on >= old.ended_on or (to_jsonb(new) - array['ended_on', 'ended_by']) <>
       (to_jsonb(old) - array['ended_on', 'ended_by']) then
      raise exception 'a substitution can only be ended, or ended sooner' using errcode = '42501';
    end if;
    return new;
  end if;
  if (select count(*) from staff s where s.id in (new.away_id, new.substitute_id) and s.active
         and s.office_id = new.office_id
         and not exists (select from staff_role r where r.staff_id = s.id and r.role = 'administrator')) <> 2 then
    raise exception 'both work at the office and neither is an administrator'
      using errcode = '23514', constraint = 'substitution_people';
  end if;
  -- Two at once wait for one another. Nobody has two substitutes on a day, and no substitute is away themselves.
  perform pg_advisory_xact_lock(7709, new.office_id);
  if exists (select from substitution b
              where (b.away_id in (new.away_id, new.substitute_id) or b.substitute_id = new.away_id)
                and b.from_on <= new.until_on and b.until_on >= new.from_on
                and (b.ended_on is null or b.ended_on > greatest(b.from_on, new.from_on))) then
    raise exception 'the two are bound by another substitution in these days'
      using errcode = '23514', constraint = 'substitution_alone';
  end if;
  return new;
end $$
"""
GUARD_FEED = """
create function guard_calendar_feed() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.revoked_at is not null then
    raise exception 'an address that was revoked stays so' using errcode = '42501';
  end if;
  return new;
end $$
"""
READ_ONLY_FOR_AUDITORS = (
    "reminder", "mail", "reminder_mute", "substitution", "heartbeat",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _columns()
    _tables()
    op.execute(BUSINESS_DATE)
    op.execute(GUARD_SUBSTITUTION)
    op.execute(
        "create trigger guard before insert or update or delete on substitution "
        "for each row execute function guard_substitution()"
    )
    op.execute(GUARD_FEED)
    op.execute(
        "create trigger guard before update or delete on calendar_feed "
        "for each row execute function guard_calendar_feed()"
    )
    op.execute(
        "create trigger append_only before update or delete on reminder for each row execute function refuse_change()"
    )
    op.execute(
        "create trigger append_only_truncate before truncate on reminder "
        "for each statement execute function refuse_change()"
    )
    op.execute("grant select, insert on reminder to caseflow_application")
    op.execute("grant select, insert, update on mail, heartbeat to caseflow_application")
    op.execute("grant select, insert on calendar_feed to caseflow_application")
    op.execute("grant update (revoked_at) on calendar_feed to caseflow_application")
    op.execute("grant select, insert, delete on reminder_mute to caseflow_application")
    op.execute("grant delete on calendar_day to caseflow_application")
    op.execute("grant select, insert on substitution to caseflow_application")
    op.execute("grant update (ended_on, ended_by) on substitution to caseflow_application")
    op.execute(f"grant select on {', '.join(READ_ONLY_FOR_AUDITORS)} to caseflow_auditor")


def _columns() -> None:
    op.add_column("office", sa.Column("head_id", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_office_head_id", "office", "staff", ["head_id"], ["id"])
    op.add_column("staff", sa.Column("email", sa.Text(), nullable=True))
    op.add_column("staff", sa.Column("mail_mode", sa.Text(), server_default="digest", nullable=False))
    op.create_check_constraint(op.f("ck_staff_mail_mode"), "staff", "mail_mode in ('digest', 'each')")
    op.add_column("clock", sa.Column("rungs", postgresql.JSONB(), nullable=True))
    op.add_column("clock", sa.Column("next_rung_on", sa.Date(), nullable=True))
    op.add_column("clock", sa.Column("ran_out_on", sa.Date(), nullable=True))
    op.add_column("clock", sa.Column("escalated_to", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_clock_escalated_to"), "clock", "escalated_to in ('supervisor', 'office_head')")
    op.create_index("ix_clock_rung", "clock", ["next_rung_on", "id"],
                    postgresql_where=sa.text("status = 'open' and next_rung_on is not null"))  # fmt: skip
    op.create_index("ix_clock_unreckoned", "clock", ["id"],
                    postgresql_where=sa.text("status in ('open', 'tolled') and rungs is null"))  # fmt: skip
    op.create_index("ix_clock_escalated", "clock", ["case_id"],
                    postgresql_where=sa.text("status = 'open' and escalated_to is not null"))  # fmt: skip


def _tables() -> None:
    op.execute("""
CREATE TABLE mail (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  key TEXT NOT NULL,
  staff_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  day DATE NOT NULL,
  message_id TEXT NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  state TEXT DEFAULT 'pending' NOT NULL,
  attempts INTEGER DEFAULT '0' NOT NULL,
  last_error TEXT,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_mail PRIMARY KEY (id),
  CONSTRAINT ck_mail_kind CHECK (kind in ('notice', 'digest')),
  CONSTRAINT ck_mail_state CHECK (state in ('pending', 'sent', 'dead', 'moot')),
  CONSTRAINT ck_mail_sent_has_a_moment CHECK ((state = 'sent') = (sent_at is not null)),
  CONSTRAINT uq_mail_key UNIQUE (key),
  CONSTRAINT fk_mail_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
  CONSTRAINT uq_mail_message_id UNIQUE (message_id)
)
""")
    op.execute("CREATE INDEX ix_mail_dead ON mail (id) WHERE state = 'dead'")
    op.execute("CREATE INDEX ix_mail_pending ON mail (due_at, id) WHERE state = 'pending'")
    op.execute("""
CREATE TABLE reminder (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  clock_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  office_id INTEGER NOT NULL,
  rule_id TEXT NOT NULL,
  due_on DATE NOT NULL,
  rung TEXT NOT NULL,
  ladder TEXT NOT NULL,
  day DATE NOT NULL,
  addressee TEXT NOT NULL,
  escalates BOOLEAN NOT NULL,
  swept_on DATE NOT NULL,
  swept_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_reminder PRIMARY KEY (id),
  CONSTRAINT uq_reminder_clock_id_due_on_rung UNIQUE (clock_id, due_on, rung),
  CONSTRAINT ck_reminder_addressee CHECK (addressee in ('owner', 'supervisor', 'office_head')),
  CONSTRAINT ck_reminder_not_early CHECK (day <= swept_on),
  CONSTRAINT fk_reminder_clock_id FOREIGN KEY(clock_id) REFERENCES clock (id),
  CONSTRAINT fk_reminder_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
  CONSTRAINT fk_reminder_office_id FOREIGN KEY(office_id) REFERENCES office (id)
)
""")
    op.execute("CREATE INDEX ix_reminder_case ON reminder (case_id, id)")
    op.execute("""
CREATE TABLE reminder_mute (
  staff_id INTEGER NOT NULL,
  ladder TEXT NOT NULL,
  rung TEXT NOT NULL,
  muted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_reminder_mute PRIMARY KEY (staff_id, ladder, rung),
  CONSTRAINT ck_reminder_mute_the_end_of_a_limit_is_heard CHECK (rung <> 'ran_out'),
  CONSTRAINT fk_reminder_mute_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)
""")
    op.execute("""
CREATE TABLE substitution (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  office_id INTEGER NOT NULL,
  away_id INTEGER NOT NULL,
  substitute_id INTEGER NOT NULL,
  from_on DATE NOT NULL,
  until_on DATE NOT NULL,
  reason TEXT NOT NULL,
  made_by INTEGER NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_on DATE,
  ended_by INTEGER,
  idempotency_key TEXT NOT NULL,
  CONSTRAINT pk_substitution PRIMARY KEY (id),
  CONSTRAINT ck_substitution_somebody_else CHECK (away_id <> substitute_id),
  CONSTRAINT ck_substitution_time_boxed CHECK (until_on between from_on and from_on + 366),
  CONSTRAINT ck_substitution_ended_by_somebody CHECK ((ended_on is null) = (ended_by is null)),
  CONSTRAINT ck_substitution_reason_length CHECK (length(reason) between 1 and 500),
  CONSTRAINT fk_substitution_office_id FOREIGN KEY(office_id) REFERENCES office (id),
  CONSTRAINT fk_substitution_away_id FOREIGN KEY(away_id) REFERENCES staff (id),
  CONSTRAINT fk_substitution_substitute_id FOREIGN KEY(substitute_id) REFERENCES staff (id),
  CONSTRAINT fk_substitution_made_by FOREIGN KEY(made_by) REFERENCES staff (id),
  CONSTRAINT fk_substitution_ended_by FOREIGN KEY(ended_by) REFERENCES staff (id),
  CONSTRAINT uq_substitution_idempotency_key UNIQUE (idempotency_key)
)
""")
    op.execute("CREATE INDEX ix_substitution_away ON substitution (away_id, until_on)")
    op.execute("CREATE INDEX ix_substitution_office ON substitution (office_id, id desc)")
    op.execute("CREATE INDEX ix_substitution_substitute ON substitution (substitute_id, until_on)")
    op.execute("""
CREATE TABLE calendar_feed (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  staff_id INTEGER NOT NULL,
  secret_hash BYTEA NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_calendar_feed PRIMARY KEY (id),
  CONSTRAINT ck_calendar_feed_hash_length CHECK (octet_length(secret_hash) = 32),
  CONSTRAINT fk_calendar_feed_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
  CONSTRAINT uq_calendar_feed_secret_hash UNIQUE (secret_hash)
)
""")
    op.execute("CREATE UNIQUE INDEX uq_calendar_feed_live ON calendar_feed (staff_id) WHERE revoked_at is null")
    op.execute("""
CREATE TABLE heartbeat (
  name TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  detail JSONB DEFAULT '{}' NOT NULL,
  rounds BIGINT DEFAULT '1' NOT NULL,
  CONSTRAINT pk_heartbeat PRIMARY KEY (name)
)
""")
    op.add_column("inbox", sa.Column("mail_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_inbox_mail_id", "inbox", "mail", ["mail_id"], ["id"])
    op.execute("CREATE INDEX ix_inbox_mail ON inbox (mail_id) WHERE mail_id is not null")
    op.execute("CREATE INDEX ix_inbox_unread ON inbox (staff_id, id desc) WHERE read_at is null")
    op.execute("CREATE INDEX ix_inbox_kind ON inbox (staff_id, kind, id desc)")
    op.execute("CREATE INDEX ix_outbox_dead ON outbox (id) WHERE state = 'dead'")
    op.execute("CREATE INDEX ix_outbox_unheard ON outbox (done_at) WHERE state = 'done' and last_error is not null")


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_outbox_unheard", "outbox")
    op.drop_index("ix_outbox_dead", "outbox")
    op.drop_index("ix_inbox_mail", "inbox")
    op.drop_index("ix_inbox_unread", "inbox")
    op.drop_index("ix_inbox_kind", "inbox")
    op.drop_column("inbox", "mail_id")
    for table in ("heartbeat", "calendar_feed", "substitution", "reminder_mute", "mail", "reminder"):
        op.drop_table(table)
    op.execute("revoke delete on calendar_day from caseflow_application")
    op.execute("drop function guard_substitution()")
    op.execute("drop function guard_calendar_feed()")
    op.execute("drop function business_date()")
    for index in ("ix_clock_escalated", "ix_clock_unreckoned", "ix_clock_rung"):
        op.drop_index(index, "clock")
    op.drop_constraint("ck_clock_escalated_to", "clock")
    for column in ("escalated_to", "ran_out_on", "next_rung_on", "rungs"):
        op.drop_column("clock", column)
    op.drop_constraint("ck_staff_mail_mode", "staff")
    for column in ("mail_mode", "email"):
        op.drop_column("staff", column)
    op.drop_constraint("fk_office_head_id", "office")
    op.drop_column("office", "head_id")

# What the rules of sql.yaml must find (ruleid) and must leave alone (ok): `semgrep scan --test`.
def by_name(connection, name, number):
    # ruleid: sql-by-string
    connection.execute(f"select id from party where name = '{name}'")
    # ruleid: sql-by-string
    connection.execute(text(f"select id from cases where number = '{number}'"))
    # ruleid: sql-by-string
    connection.execute("select id from cases where number = '%s'" % number)
    # ruleid: sql-by-string
    connection.execute("select id from cases where number = " + number)
    # ruleid: sql-by-string
    statement = text(f"select id from cases order by {number}")
    # ruleid: sql-by-string
    connection.execute(sql.SQL(f"select id from {name}"))
    # ruleid: sql-by-string
    later = f"select id from party where name = '{name}'"
    log.info("asking")
    connection.execute(later)
    # ok: sql-by-string
    connection.execute(text("select id from cases where number = :number"), {"number": number})
    # ok: sql-by-string
    connection.execute(text(f"{SELECT} where c.number = :number"), {"number": number})
    # ok: sql-by-string
    connection.execute(text(f"{case_sql.SELECT} where c.number = :number"), {"number": number})
    # ok: sql-by-string
    connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
    return statement


def in_a_session(connection, office_id):
    # ruleid: session-level-set
    connection.execute("set caseflow.office = '7'")
    # ruleid: session-level-set
    connection.execute(text("SET role caseflow_spending"))
    # ruleid: session-level-set
    connection.execute(text("select set_config('caseflow.office', :office, false)"), {"office": office_id})
    # ok: session-level-set
    connection.execute(text("select set_config('caseflow.office', :office, true)"), {"office": office_id})
    # ok: session-level-set
    connection.execute("set local work_mem = '128MB'")
    # ok: session-level-set
    connection.execute(text("set constraints all immediate"))

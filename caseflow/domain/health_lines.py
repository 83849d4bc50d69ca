"""How each finding about the background work is judged, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from caseflow.domain.health import (
    CLOCK_SLACK,
    UNSWEPT_AFTER,
    Backlog,
    Beat,
    Facts,
    Group,
    Line,
    State,
    counted,
    moment,
    span,
)
from caseflow.domain.words import Words

_MINUTE: Final = timedelta(minutes=1)
# Job: what it does, from when it is late and from when something is wrong. The timetable beats every 15 seconds.
_JOBS: Final = {
    "sweep": (Words("Sweep of reminders", "提醒扫描"), 3 * _MINUTE, UNSWEPT_AFTER),
    "timetable": (Words("Timetable", "定时任务"), 2 * _MINUTE, UNSWEPT_AFTER),
    "deliver": (Words("Delivery of notices", "消息投递"), 2 * _MINUTE, UNSWEPT_AFTER),
    "mail": (Words("Sending of mail", "邮件发送"), 5 * _MINUTE, 2 * UNSWEPT_AFTER),
    "seal": (Words("Sealing of the record", "记录封存"), 5 * _MINUTE, 2 * UNSWEPT_AFTER),
    "reckon": (Words("Reckoning of ladders and moved deadlines", "期限与提醒重算"), 5 * _MINUTE, 2 * UNSWEPT_AFTER),
}
# What these rows say is how far a recount has come and which calendar holds; they beat only when something changes.
_STATES: Final = frozenset({"calendar", "recount"})
_ALWAYS: Final = ("sweep", "timetable", "deliver", "seal")
_START: Final = Words(
    "Is “caseflow run” up? Its log says why the timetable does not work. Without “caseflow run”, keep “python -m "
    "caseflow.jobs.timetable” alive with a service manager.",
    "请确认“caseflow run”正在运行；其日志会说明定时任务未工作的原因。未使用“caseflow run”时，"
    "须由服务管理程序保持“python -m caseflow.jobs.timetable”持续运行。",
)
_NONE_RUNS: Final = Words(
    "No timetable runs: what is due waits until “caseflow run” is started.",
    "目前没有定时任务在运行：到期事项要等启动“caseflow run”后才会处理。",
)
_MAIL_AWAY: Final = Words(
    "Does the mail server of CASEFLOW_SMTP_URL answer, and does it take the sign-in and the sender CASEFLOW_MAIL_FROM? "
    "The timetable's log says what it said. The same reminders stand in everybody's inbox meanwhile.",
    "请确认CASEFLOW_SMTP_URL所指的邮件服务器可用，并接受其中的登录信息和发件人CASEFLOW_MAIL_FROM；"
    "服务器的答复见定时任务日志。在此期间，同样的提醒仍可在各人的“消息”中看到。",
)
_NOTHING: Final = Words("nothing", "无")
_NEVER: Final = Words("never yet", "从未运行")


def judge(facts: Facts) -> list[Line]:
    """Return every finding, in the order of the page."""
    return [*_jobs(facts), *_queue(facts), *_clock(facts), *_waiting(facts), *_failed(facts), *_reaching(facts)]


def _by_age(facts: Facts, age: timedelta, late: timedelta, wrong: timedelta) -> State:
    if age <= late:
        return State.GOOD
    return State.WRONG if age > wrong and facts.timetable_expected else State.ATTENTION


def _jobs(facts: Facts) -> Iterator[Line]:
    others = sorted(set(facts.beats) - set(_JOBS) - _STATES - {"worker"})
    for name in (*(one for one in _JOBS if one in _ALWAYS or one in facts.beats), *others):
        title, late, wrong = _JOBS.get(name, (Words(f"Job “{name}”", f"任务“{name}”"), *_JOBS["seal"][1:]))
        beat = facts.beats.get(name)
        if beat is None:
            since = facts.now - facts.stamped_at if facts.stamped_at is not None else timedelta()
            state, value = _by_age(facts, max(since, 2 * late), late, max(wrong, 2 * late)), _NEVER
        else:
            age = facts.now - beat.at
            ago, state = span(age), _by_age(facts, age, late, wrong)
            said = _said(name, beat)
            value = Words(
                f"{ago.en} ago ({moment(beat.at)}), beat no. {beat.rounds:,}{said.en}",
                f"{ago.zh}前（{moment(beat.at)}），第{beat.rounds:,}次{said.zh}",
            )
            if beat.detail.get("away"):
                state = max(state, State.ATTENTION, key=list(State).index)
                yield Line(name, Group.RUNS, title, value, state, _MAIL_AWAY)
                continue
        if name == "timetable" and not facts.timetable_expected:
            state = State.ATTENTION
            value = Words(f"no timetable runs; the last beat: {value.en}", f"没有定时任务在运行；最近一次：{value.zh}")
        yield Line(name, Group.RUNS, title, value, state, _idle_advice(facts, state))


def _said(name: str, beat: Beat) -> Words:
    """Return what a job said of its last round, where that is worth a word."""
    reminders = beat.detail.get("reminders")
    if name == "sweep" and isinstance(reminders, int):
        return Words(f"; reminders given in the last one: {reminders:,}", f"；最近一次发出提醒：{reminders:,}件")
    if beat.detail.get("away"):
        return Words(
            "; the mail server does not answer, or refuses the sign-in or the sender",
            "；邮件服务器无响应，或拒绝登录、拒绝发件人",
        )
    return Words("", "")


def _idle_advice(facts: Facts, state: State) -> Words | None:
    if state is State.GOOD:
        return None
    return _START if facts.timetable_expected else _NONE_RUNS


def _queue(facts: Facts) -> Iterator[Line]:
    title = Words("Queue and worker", "队列与工作进程")
    queue, beat = facts.queue, facts.beats.get("worker")
    if queue is None:
        value = Words("no queue is set: the timetable delivers alone", "未设置队列：由定时任务单独投递")
        yield Line("queue", Group.RUNS, title, value)
        return
    if not queue.reachable:
        yield Line(
            "queue",
            Group.RUNS,
            title,
            Words("Redis does not answer", "Redis无响应"),
            State.ATTENTION,
            Words(
                "Nothing is lost: the timetable delivers every few seconds. Start Redis or Valkey again, or mend "
                "CASEFLOW_REDIS_URL.",
                "不会丢失任何事项：定时任务每隔数秒投递一次。请重新启动Redis或Valkey，或更正CASEFLOW_REDIS_URL。",
            ),
        )
        return
    last = (
        Words(f", last work {span(facts.now - beat.at).en} ago", f"，最近一次工作在{span(facts.now - beat.at).zh}前")
        if beat is not None
        else Words("", "")
    )
    waiting = counted(queue.waiting)
    value = Words(
        f"workers alive: {queue.workers}; wake-ups waiting: {waiting.en}{last.en}",
        f"存活的工作进程：{queue.workers}；待处理的唤醒：{waiting.zh}{last.zh}",
    )
    advice = Words(
        "No worker is alive: notices wait for the timetable, a few seconds. “caseflow run” starts the worker; "
        "its log says why it does not.",
        "没有存活的工作进程：消息要等定时任务，约数秒。“caseflow run”会启动工作进程，未启动的原因见其日志。",
    )
    none = queue.workers == 0
    yield Line("queue", Group.RUNS, title, value, State.ATTENTION if none else State.GOOD, advice if none else None)


def _clock(facts: Facts) -> Iterator[Line]:
    title = Words("Clock of the machine", "系统时钟")
    ahead = max((beat.at - facts.now for beat in facts.beats.values()), default=timedelta())
    apart = abs(facts.machine_now - facts.now) if facts.machine_now is not None else timedelta()
    if ahead > CLOCK_SLACK:
        value = Words(f"went back by {span(ahead).en} or more", f"被回拨{span(ahead).zh}或更多")
        advice = Words(
            "A job beat at a moment that is yet to come. Set the clock of the database's machine right: what is due "
            "goes by it.",
            "某项任务的记录时间晚于当前时间。请校正数据库所在机器的时钟：到期与否以该时钟为准。",
        )
        yield Line("clock", Group.RUNS, title, value, State.WRONG, advice)
    elif apart > CLOCK_SLACK:
        value = Words(f"{span(apart).en} away from the database's", f"与数据库时钟相差{span(apart).zh}")
        advice = Words(
            "Let both machines follow a time server: what people see and what is due differ by this.",
            "请让两台机器与同一时间服务器同步：页面显示的时间与到期判断相差如此之多。",
        )
        yield Line("clock", Group.RUNS, title, value, State.ATTENTION, advice)
    else:
        yield Line("clock", Group.RUNS, title, Words("agrees with every beat", "与各项任务的记录相符"))


def _waiting(facts: Facts) -> Iterator[Line]:
    yield _clocks_due(facts)
    unreckoned = counted(facts.clocks_unreckoned)
    yield Line(
        "unreckoned",
        Group.WAITS,
        Words("Time limits without a ladder yet", "尚未计算提醒阶梯的期限"),
        unreckoned if facts.clocks_unreckoned else _NOTHING,
        State.ATTENTION if facts.clocks_unreckoned else State.GOOD,
        Words(
            "They remind nobody until the timetable has reckoned them, which it does by itself. If the number does "
            "not fall, its log says why.",
            "在定时任务计算完成之前，这些期限不会发出提醒；计算会自动进行。如数量不减少，请查看定时任务日志。",
        )
        if facts.clocks_unreckoned
        else None,
    )
    yield _backlog(
        facts,
        facts.notices,
        Line(
            "notices",
            Group.WAITS,
            Words("Notices to deliver", "待投递的消息"),
            _NOTHING,
            advice=Words(
                "They are delivered by themselves once the timetable runs and PostgreSQL answers; its log says what "
                "stands in the way.",
                "定时任务运行且PostgreSQL正常时会自动投递；受阻原因见定时任务日志。",
            ),
        ),
    )
    yield _backlog(
        facts,
        facts.mail,
        Line(
            "mail_waiting",
            Group.WAITS,
            Words("Mail to send", "待发送的邮件"),
            _NOTHING,
            advice=_MAIL_AWAY,
        ),
    )
    yield _unsealed(facts)


def _unsealed(facts: Facts) -> Line:
    late = facts.unsealed > 0 and facts.unsealed_age > UNSWEPT_AFTER
    count, age = counted(facts.unsealed), span(facts.unsealed_age)
    return Line(
        "unsealed",
        Group.WAITS,
        Words("Records not sealed yet", "尚未封存的记录"),
        Words(f"{count.en}, the oldest {age.en} old", f"{count.zh}条，最早的已{age.zh}")
        if facts.unsealed
        else _NOTHING,
        State.ATTENTION if late else State.GOOD,
        Words(
            "The timetable seals every minute. Can it read the signing key? Its log says why it does not seal.",
            "定时任务每分钟封存一次。请确认签名密钥可读；未封存的原因见其日志。",
        )
        if late
        else None,
    )


def _clocks_due(facts: Facts) -> Line:
    title = Words("Time limits due and not swept", "已到期但未扫描的期限")
    if facts.clocks_due == 0:
        return Line("clocks_due", Group.WAITS, title, _NOTHING)
    age = facts.age_of("sweep")
    swept = age is not None and age <= _JOBS["sweep"][1]
    long = facts.clocks_due_since is not None and (facts.today - facts.clocks_due_since).days > 1
    wrong = facts.timetable_expected and not swept and long
    count, since = counted(facts.clocks_due), facts.clocks_due_since
    return Line(
        "clocks_due",
        Group.WAITS,
        title,
        Words(f"{count.en}, the oldest since {since}", f"{count.zh}项，最早的自{since}起"),
        State.WRONG if wrong else State.ATTENTION,
        Words(
            "The sweep runs and takes them: look again in a minute. If they stay, look into the log of the timetable.",
            "扫描正在进行，将予处理：请一分钟后再看。如仍未减少，请查看定时任务日志。",
        )
        if swept
        else _idle_advice(facts, State.ATTENTION),
    )


def _backlog(facts: Facts, backlog: Backlog, line: Line) -> Line:
    """Return ``line`` (whose advice is for a backlog that is late) with what waits."""
    if backlog.pending == 0:
        return Line(line.name, line.group, line.title, line.value)
    count = counted(backlog.pending)
    age = facts.now - backlog.oldest if backlog.oldest is not None else timedelta()
    state = _by_age(facts, age, 2 * _MINUTE, UNSWEPT_AFTER)
    overdue = span(age) if age > timedelta() else None
    en, zh = f"{count.en}", f"{count.zh}件"
    if overdue is not None:
        en, zh = f"{en}, the oldest for {overdue.en}", f"{zh}，最早的已等待{overdue.zh}"
    if backlog.retrying:
        retrying = counted(backlog.retrying)
        en, zh = f"{en}; tried again after a failure: {retrying.en}", f"{zh}；失败后重试中：{retrying.zh}件"
        state = max(state, State.ATTENTION, key=list(State).index)
    advice = None if state is State.GOOD else line.advice
    return Line(line.name, line.group, line.title, Words(en, zh), state, advice)


def _failed(facts: Facts) -> Iterator[Line]:
    again = Words(
        "They were tried eight times and given up. Mend what their error names, then press “Try again” on the page "
        "“Background work”.",
        "已尝试八次后放弃。请先排除错误所指的问题，再在“后台运行”页面点击“重试”。",
    )
    mail_again = Words(
        "They were refused or could not be written, or nobody is there to read them. The page “Background work” names "
        "the error of each: mend it, then press “Try again” there.",
        "邮件被拒收、无法生成，或者已无收件人。“后台运行”页面列有每封邮件的错误：请先排除，再在该页面点击“重试”。",
    )
    for name, title, dead, advice in (
        ("notices_dead", Words("Notices that could not be delivered", "无法投递的消息"), facts.notices.dead, again),
        ("mail_dead", Words("Mail that could not be sent", "无法发送的邮件"), facts.mail.dead, mail_again),
    ):
        value = counted(dead) if dead else _NOTHING
        yield Line(name, Group.FAILED, title, value, *((State.WRONG, advice) if dead else ()))
    title = Words("Notices that reached nobody, in 30 days", "近30天未送达任何人的消息")
    if not facts.unheard:
        yield Line("unheard", Group.FAILED, title, _NOTHING)
        return
    count = counted(facts.unheard)
    newest = moment(facts.unheard_newest) if facts.unheard_newest is not None else ""
    yield Line(
        "unheard",
        Group.FAILED,
        title,
        Words(f"{count.en}, the newest {newest}", f"{count.zh}件，最近一件{newest}"),
        State.ATTENTION,
        Words(
            "Nobody active held the desk they were for. Give every role of the office to somebody, the supervisor's "
            "above all.",
            "当时没有在岗人员负责相应岗位。请为本单位每个岗位（尤其是督查员）指定人员。",
        ),
    )


def _reaching(facts: Facts) -> Iterator[Line]:
    for name, title, count, advice in (
        (
            "addresses",
            Words("Active staff without a mail address", "未登记邮箱的在岗人员"),
            facts.staff_without_mail,
            Words("They are reminded in their inbox only.", "他们只会在系统“消息”中收到提醒。"),
        ),
        (
            "heads",
            Words("Offices without a head", "未指定负责人的单位"),
            facts.offices_without_head,
            Words(
                "What should rise to the head of the office goes to its supervisors.",
                "应上报单位负责人的事项改由督查员接收。",
            ),
        ),
    ):
        value = Words(f"{count:,}", f"{count:,}") if count else Words("none", "无")
        yield Line(name, Group.REACHES, title, value, *((State.HINT, advice) if count else ()))


__all__ = ["judge"]

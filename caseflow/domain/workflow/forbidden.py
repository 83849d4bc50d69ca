"""What a workflow may never be about, recognised by its names.

caseflow keeps no record of pregnancy, contraception, surgery or children, has no subject who is a patient,
sets no target for money and ties no benefit to payment. Only identifiers and field labels are looked at:
a title may name the conduct that is being punished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from caseflow.domain.sources import Problem, SourceDocument, SourcePath

_SUBJECTS = re.compile(
    r"patient|woman|women|wife|wives|husband|mother|father|parent|famil|household|spouse|couple|marri|child|infant"
    r"|bab(y|ies)|newborn|minor|juvenile|pupil|student|pregnan|expectant|migrant|floating_pop|foetus|fetus"
    r"|huanzhe|yunfu|funv|jiating|ertong|liudong"
    r"|患者|病人|孕|产妇|妇女|女性|女方|妻|夫妻|夫妇|配偶|母亲|父母|家庭|家属|户籍|儿童|婴|胎儿|未成年|小孩|子女|流动人口|农民工|外来人口"
)
_REPRODUCTIVE = re.compile(
    r"pregnan|gestation|contracep|abortion|abort_|miscarr|terminat(ion|ed)_of_preg|sterili[sz]|vasectom|tubal|ligation"
    r"|(^|_)iud(_|$)|ultrasound_(result|finding|image)|(^|_)scan_result|f(o)?etal|f(o)?etus|menstru|last_period|ovulat|fertil"
    r"|(?<!date_of_)birth(_|$)|births|childbirth|newborn|unborn|surger|operation_(date|type|result|record)"
    r"|(^|_)children|child_(name|sex|count|order)|sex_of_(the_)?(child|f)|number_of_child|parity(_|$)"
    r"|怀孕|妊娠|孕期|孕周|孕情|孕检|孕次|避孕|节育|绝育|结扎|上环|取环|人流|人工流产|引产|堕胎|月经|胎次|产次|胎儿|生育(史|情况|日期|次数|子女|状况)"
    r"|子女|手术(日期|时间|记录|结果|情况)|超声(结果|图像)|B超"
)
_QUOTAS = re.compile(
    r"quota|revenue_target|target_(amount|revenue|fee|fine|income|number)|(fee|fine|collection|income|levy|amount)_target"
    r"|collection_rate|commission(_|$)|bonus|league|ranking|(^|_)rank(_|$)|share_of_(fine|fee)|retained_by|kickback"
    r"|指标|任务数|任务额|创收|提成|奖金|返还比例|排名"
)
_BENEFITS = re.compile(
    r"hukou|household_regist|school|enrol|kindergarten|benefit_(block|hold|stop|withh)|withhold_(benefit|pension|welfare)"
    r"|pension_|welfare_(block|hold|stop)|medical_insurance|work_permit_hold|residence_permit"
    r"|户口|落户|入户|上学|入学|升学|医保|社保|低保|居住证"
)
_INFORMERS = re.compile(r"neighbou?r|informant|tip_?off|whistle_reward|informer|邻居|举报奖励|线人")

_SENSITIVE = "reproductive_health"


def forbidden_content(document: SourceDocument) -> Iterator[Problem]:
    """Yield a problem for every subject, field, step, document or condition the file may not have."""
    data = document.data if isinstance(document.data, Mapping) else {}
    yield from _subjects(document, data.get("subjects"))
    yield from _fields(document, data.get("fields"))
    for section in ("steps", "states", "documents", "conditions"):
        named = data.get(section)
        for name in named if isinstance(named, Mapping) else ():
            yield from _named(document, (section, name), str(name), section)


def _subjects(document: SourceDocument, subjects: Any) -> Iterator[Problem]:
    for index, subject in enumerate(subjects if isinstance(subjects, list) else ()):
        if _SUBJECTS.search(str(subject).lower()):
            yield document.problem(
                ("subjects", index),
                f"the subject type '{subject}' is forbidden: caseflow holds no case against a patient, a woman,"
                " a family, a child or a migrant; such a person may only be a protected witness",
            )


def _fields(document: SourceDocument, fields: Any) -> Iterator[Problem]:
    if not isinstance(fields, Mapping):
        return
    for name, declared in fields.items():
        where: SourcePath = ("fields", name)
        yield from _named(document, where, str(name), "fields")
        if not isinstance(declared, Mapping):
            continue
        if declared.get("sensitivity") is not None:
            reason = (
                "this field is marked as reproductive-health data; caseflow keeps no such record"
                if declared["sensitivity"] == _SENSITIVE
                else f"the sensitivity '{declared['sensitivity']}' is unknown, and a marked field may not be kept"
            )
            yield document.problem((*where, "sensitivity"), reason)
        label = declared.get("label")
        for language, words in label.items() if isinstance(label, Mapping) else ():
            if _REPRODUCTIVE.search(re.sub(r"[^\w]+", "_", str(words).lower())):
                reason = f"the label '{words}' asks for reproductive-health data; caseflow keeps no such record"
                yield document.problem((*where, "label", language), reason)


def _named(document: SourceDocument, where: SourcePath, name: str, section: str) -> Iterator[Problem]:
    lowered = name.lower()
    thing = {"fields": "field", "steps": "step", "states": "state", "documents": "document"}.get(section, "condition")
    reasons = (
        (
            _REPRODUCTIVE if section in ("fields", "documents") else None,
            "is named as reproductive-health data; caseflow keeps no such record",
        ),
        (
            _QUOTAS,
            "sets a target, ranking or share of money; the law forbids tying money collected to offices or officers",
        ),
        (_BENEFITS, "ties a benefit, school or household registration to the case; caseflow never does"),
        (_INFORMERS, "asks neighbours or informants; caseflow takes no such reports"),
    )
    for pattern, reason in reasons:
        if pattern is not None and pattern.search(lowered):
            yield document.problem(where, f"the {thing} '{name}' {reason}")

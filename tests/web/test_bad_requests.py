"""What a page says that took nothing: a value it does not offer, a token that is gone, a form of another site."""

from __future__ import annotations

import pytest

from tests.office import Office
from tests.site import Page, Site, Visitor, build_site
from tests.web.test_proxies import behind

OUT_OF_DATE = {
    "en": ("This page is out of date", "holds a value that this page does not offer", "Go back, load it anew"),
    "zh": ("页面已不是最新", "页面上没有的选项", "请返回并刷新页面"),
}
NO_TOKEN = {
    "en": ("The form could not be taken", "open since before you signed in", "reload it"),
    "zh": ("无法接收该表单", "在您登录之前打开", "请返回并刷新页面"),
}


def says(page: Page, wanted: tuple[str, ...]) -> bool:
    assert page.status == 400
    return all(words in page.text for words in wanted)


def in_language(site: Site, login: str, language: str) -> Visitor:
    visitor = site.sign_in(login)
    visitor.send(visitor.get("/desk").form_to("/language"), locale=language)
    return visitor


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_value_the_page_does_not_offer_is_called_that(site: Site, language: str) -> None:
    case_id = site.office.open()
    path = f"/cases/{case_id}/steps/check_report"
    visitor = in_language(site, "officer", language)
    form = visitor.get(path).form_to(path)
    before = site.counts()
    for typed in ({"version": "x"}, {"key": "no key!"}):
        page = visitor.send_page(form, **typed)
        assert says(page, OUT_OF_DATE[language])
        assert not says(page, NO_TOKEN[language])
    assert site.counts() == before


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_form_without_its_token_is_called_that(site: Site, language: str) -> None:
    case_id = site.office.open()
    path = f"/cases/{case_id}/steps/check_report"
    visitor = in_language(site, "officer", language)
    form = visitor.get(path).form_to(path)
    for token in ("", "forged"):
        page = visitor.send_page(form, csrf_token=token)
        assert says(page, NO_TOKEN[language])
        assert not says(page, OUT_OF_DATE[language])


def test_what_no_page_of_caseflow_asks_for_is_not_called_out_of_date(site: Site) -> None:
    answer = Page(site.visitor().client.get("/static/caseflow.css", headers={"Range": "bytes=99999999-"}))
    assert says(answer, ("The request could not be read", "load the page anew"))


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("en", ("did not come from a page of this site",)), ("zh", ("不是从本系统的页面提交",))],
)
def test_a_form_of_another_site_is_called_that(office: Office, language: str, wanted: tuple[str, ...]) -> None:
    build_site(office)
    visitor = behind(office, 1, https=True).visitor(language)
    told = visitor.client.environ_base
    told |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "cases.example.org"}
    form = visitor.get("/sign-in").form_to("/sign-in")
    assert says(visitor.send_page(form), wanted)
    told["HTTP_REFERER"] = "https://evil.example/sign-in"
    assert says(visitor.send_page(form), wanted)

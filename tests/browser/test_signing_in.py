"""Signing in as people do it."""

import re

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]


def test_one_signs_in_by_phone_number_however_it_is_spaced(guests):
    phone, password, name = guests.sign_ins["manager"]
    with guests.visit() as visit:
        browsing.sign_in(visit, f"{phone[:4]} {phone[4:7]} {phone[7:]}", password)
        assert visit.page.url.endswith("/ban-hang")
        assert visit.page.get_by_role("heading", level=1).inner_text() == f"Xin chào, {name}"
        assert visit.noise == []


def test_a_wrong_password_is_told_in_vietnamese(guests):
    phone = guests.sign_ins["manager"][0]
    with guests.visit() as visit:
        browsing.sign_in(visit, phone, "sai-mat-khau")
        told = visit.page.locator("main [role=alert]").inner_text()
        assert re.search("[ảãăạấầậẫắặđếềệễốồộơớờợưứừựịủ]", told), told
        assert visit.look() == []
        assert visit.page.get_by_label("Số điện thoại hoặc e-mail").input_value() == phone
        assert visit.page.get_by_label("Mật khẩu").input_value() == ""


def test_a_page_asked_for_before_signing_in_opens_afterwards(guests, office):
    phone, password, _name = guests.sign_ins["owner"]
    with guests.visit() as visit:
        visit.go(office["orders"])
        visit.page.get_by_label("Số điện thoại hoặc e-mail").fill(phone)
        visit.page.get_by_label("Mật khẩu").fill(password)
        visit.page.get_by_role("button", name="Đăng nhập").click()
        visit.page.wait_for_url("**" + office["orders"])


def test_signing_out_closes_the_back_office(guests):
    phone, password, _name = guests.sign_ins["host"]
    with guests.visit(viewport=browsing.DESK) as visit:
        browsing.sign_in(visit, phone, password)
        visit.send(visit.page.get_by_role("button", name="Đăng xuất"))
        visit.go("/ban-hang")
        assert "/tai-khoan/dang-nhap" in visit.page.url

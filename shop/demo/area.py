"""The area around the demo's cooperative: a place to visit, and a training of its helpers."""

from sqlalchemy import select

from shop import clock
from shop.accounts import access
from shop.community import teams, trainings
from shop.community.models import Training
from shop.database import db, transaction
from shop.demo import people
from shop.demo.browser import Browser
from shop.landmarks.models import Landmark
from shop.settings import Settings

PLACE = "Vùng chè Tân Cương"
WORDS = (
    "Những đồi chè ở Tân Cương, Thái Nguyên. Mùa xuân và mùa thu là lúc xem hái, sao chè đẹp nhất; "
    "hỏi trước hợp tác xã nếu muốn thử sao một mẻ. (Trang minh họa)"
)
TRAINING = {
    "place": "Nhà văn hóa xóm (minh họa)",
    "heads": 32,
    "topics": "Mở gian hàng, chụp ảnh sản phẩm, nhận tiền bằng mã QR",
}


def introduce(browser: Browser, _settings: Settings) -> None:
    """Once: the tea hills with their page, and a training in the team's log."""
    commune_code = people.at_host().commune_code
    if db.session.scalar(select(Landmark.id).where(Landmark.name == PLACE)) is None:
        form = {"kind": "growing_area", "name": PLACE, "words": WORDS, "shown": "1"}
        browser.post("/quan-tri/diem-den/them", form | {"commune_code": commune_code or ""})
    with transaction():
        if db.session.scalar(select(Training.id)) is None:
            _train()


def _train() -> None:
    team = people.team()
    (member, *_others) = teams.there(team)
    trainings.note(access.of(member.user), team, TRAINING | {"held_on": clock.today()})

"""What can be counted of community teams: helpers, trainings, and who was set up.

The rows are those of `counts`, which says what each of them means.
"""

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from shop import regions
from shop.accounts.models import User
from shop.community import counts
from shop.community.models import Team, TeamMember, Training
from shop.figures import Figure, Group, Scope, row
from shop.sellers import figures as of_sellers
from shop.sellers.models import Seller

_TEAMS = _l("Sổ tổ công nghệ số cộng đồng")
_LOG = _l("Sổ tập huấn của các tổ")
_CONSENTS = _l("Lời đồng ý của người bán cho người giúp")


def _communes(scope: Scope) -> Collection[str] | None:
    if scope.region is regions.EVERYWHERE:
        return None
    return [commune.code for commune in scope.region.members()]


def _teams(scope: Scope) -> Select[Any]:
    columns = row(key=Team.id, party=None, commune=Team.area_code, label=Team.name)
    return counts.teams(_communes(scope), scope.period.last).with_only_columns(*columns)


def _helpers(scope: Scope) -> Select[Any]:
    columns = row(
        key=TeamMember.user_id,
        party=None,
        commune=Team.area_code,
        label=User.name,
        at=TeamMember.joined_at,
    )
    query = counts.helpers(_communes(scope), scope.period.last)
    return query.join(User, User.id == TeamMember.user_id).with_only_columns(*columns)


def _trainings(scope: Scope) -> Select[Any]:
    columns = row(
        key=Training.id,
        party=None,
        commune=Team.area_code,
        label=Training.topics,
        amount=Training.heads,
        at=Training.created_at,
    )
    query = counts.trainings(_communes(scope), scope.period.first, scope.period.last)
    return query.with_only_columns(*columns)


def _set_up(scope: Scope) -> Select[Any]:
    query = counts.set_up(_communes(scope), scope.period.first, scope.period.last)
    columns = of_sellers.columns(key=Seller.id, ref=Seller.ref, split=of_sellers.kind())
    return query.with_only_columns(*columns)


FIGURES = (
    Figure(
        name="community.teams",
        group=Group.COMMUNITY,
        title=_l("Tổ công nghệ số đang hoạt động"),
        unit=_l("tổ"),
        definition=_l("Tổ đang hoạt động, mỗi tổ của một xã, phường."),
        source=_TEAMS,
        top=_l("tổ đang hoạt động khi hết kỳ"),
        rows=_teams,
        state=True,
        public=True,
    ),
    Figure(
        name="community.helpers",
        group=Group.COMMUNITY,
        title=_l("Người giúp của các tổ"),
        unit=_l("người"),
        definition=_l("Người có trong ít nhất một tổ; ai ở hai tổ tính một lần."),
        source=_TEAMS,
        top=_l("người có trong tổ khi hết kỳ"),
        rows=_helpers,
        state=True,
    ),
    Figure(
        name="community.trainings",
        group=Group.COMMUNITY,
        title=_l("Buổi tập huấn"),
        unit=_l("buổi"),
        definition=_l("Buổi tập huấn mà các tổ đã ghi, theo ngày diễn ra."),
        source=_LOG,
        top=_l("buổi tập huấn trong kỳ"),
        rows=_trainings,
        public=True,
    ),
    Figure(
        name="community.heads",
        group=Group.COMMUNITY,
        title=_l("Lượt người dự tập huấn"),
        unit=_l("lượt người"),
        definition=_l("Số người dự từng buổi cộng lại; ai dự hai buổi tính hai lượt."),
        source=_LOG,
        top=_l("người dự của từng buổi tập huấn trong kỳ"),
        rows=_trainings,
        summed=True,
        public=True,
    ),
    Figure(
        name="community.set_up",
        group=Group.COMMUNITY,
        title=_l("Người bán được giúp lập gian hàng"),
        unit=of_sellers.UNIT,
        definition=_l("Người bán lần đầu đồng ý cho người của tổ làm giúp, trong kỳ."),
        source=_CONSENTS,
        top=_l("người bán lần đầu đồng ý trong kỳ"),
        rows=_set_up,
        split_by=_l("Theo loại"),
        splits=of_sellers.kind_name,
        page="profile.seller",
    ),
)

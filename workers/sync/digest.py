"""The morning's mail: what of a seller's shops waits for a hand, grouped by cause."""

from collections import defaultdict

from sqlalchemy import func, select

from shop import clock
from shop.database import db
from shop.notifications import send
from shop.sellers.models import Seller
from workers.channels.models import Connection, Health
from workers.channels.order_models import ChannelOrder, Intake
from workers.channels.words import shop_name
from workers.sync import letters
from workers.sync.models import Letter

PARKED = {
    Health.NEEDS_RECONNECT: "Sàn đòi đăng nhập lại, giá và tồn kho đang không đổi theo",
    Health.STOPPED: "Tạm ngừng, xin báo người vận hành",
}
WAITING = {
    Intake.NEEDS_LINK: "đơn có món chưa biết là hàng nào của mình",
    Intake.TROUBLE: "đơn không đi tiếp được",
}


def tell() -> int:
    """Mail the owners of every seller for whom something waits; once a day. Returns how many
    sellers were concerned.
    """
    lines: dict[int, list[str]] = defaultdict(list)
    for seller_id, line in [*_parked(), *_orders(), *_refused()]:
        lines[seller_id].append(line)
    today = clock.today()
    sellers = db.session.execute(select(Seller.id, Seller.ref).where(Seller.id.in_(lines)))
    refs = {row.id: row.ref for row in sellers}
    for seller_id in sorted(lines):
        send.owners(
            seller_id,
            f"Sàn: {len(lines[seller_id])} việc chờ bạn",
            "\n".join(f"- {line}" for line in lines[seller_id])
            + "\n\nMở mục Sàn để xem và xử lý từng việc.\n",
            once=f"channels-digest:{refs[seller_id]}:{today:%Y-%m-%d}",
        )
    return len(lines)


def _parked() -> list[tuple[int, str]]:
    query = select(Connection).where(Connection.health.in_(PARKED)).order_by(Connection.id)
    return [
        (row.seller_id, f"{shop_name(row)}: {PARKED[Health(row.health)]}.")
        for row in db.session.scalars(query)
    ]


def _orders() -> list[tuple[int, str]]:
    query = (
        select(Connection, ChannelOrder.intake, func.count())
        .join(ChannelOrder, ChannelOrder.connection_id == Connection.id)
        .where(ChannelOrder.intake.in_(WAITING))
        .group_by(Connection.id, ChannelOrder.intake)
        .order_by(Connection.id, ChannelOrder.intake)
    )
    return [
        (row.seller_id, f"{shop_name(row)}: {count} {WAITING[Intake(intake)]}.")
        for row, intake, count in db.session.execute(query)
    ]


def _refused() -> list[tuple[int, str]]:
    found = letters.causes(select(Letter), most=None)
    query = select(Connection).where(Connection.id.in_({each.connection_id for each in found}))
    shops = {row.id: row for row in db.session.scalars(query)}
    return [
        (
            shops[each.connection_id].seller_id,
            f"{shop_name(shops[each.connection_id])}: {each.count} mục sàn từ chối. {each.hint}",
        )
        for each in found
    ]

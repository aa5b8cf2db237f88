"""Background work of recalls: telling the sellers concerned."""

from flask import current_app
from sqlalchemy import select

from shop.accounts.models import Membership, Role
from shop.database import db, transaction
from shop.jobs import job
from shop.notifications import send
from traceability.recall_models import Recall


@job("default")
def tell_of_recall(recall_id: int) -> None:
    """Mail the owners and managers of every seller whose lots or orders a recall concerns."""
    with transaction():
        recall = db.session.get_one(Recall, recall_id)
        codes = ", ".join(part.lot.code for part in recall.lots)
        link = f"{current_app.config['SETTINGS'].base_url}/ban-hang/thu-hoi/{recall.ref}"
        body = (
            f"{recall.by} đã thu hồi lô {recall.lot.code} và hàng làm từ lô ấy: {codes}.\n"
            f"Lý do: {recall.reason}\n\n"
            f"{len(recall.letters)} đơn có hàng này; thư cho người mua đã soạn sẵn, xin gửi ngay.\n"
            f"Số còn trong kho đã tự ngừng bán; xin để riêng và kiểm lại kho.\n{link}\n"
        )
        for address, user_id in _people(recall):
            once = f"recall:{recall.ref}:{user_id}"
            send.mail(address, f"Thu hồi lô {recall.lot.code}", body, once=once)


def _people(recall: Recall) -> list[tuple[str, int]]:
    sellers = {part.lot.seller_id for part in recall.lots}
    sellers |= {letter.seller_id for letter in recall.letters}
    told = select(Membership).where(
        Membership.seller_id.in_(sellers), Membership.role.in_([Role.OWNER, Role.MANAGER])
    )
    people = {row.user_id: row.user.email for row in db.session.scalars(told)}
    return [(email, user_id) for user_id, email in people.items() if email]

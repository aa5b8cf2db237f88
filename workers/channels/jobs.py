"""Background work of the channels room."""

import structlog
from flask_babel import gettext as _

from shop import clock
from shop.database import transaction
from shop.jobs import job
from shop.notifications import send
from workers.channels import connections
from workers.channels.models import Connection, Health
from workers.marketplaces.protocol import MarketplaceError, NeedsReconnect, Stopped

log = structlog.get_logger()


@job("channels", tries=1)
def refresh_tokens() -> None:
    """Renew the tokens that end soon; one shop's trouble does not keep the others waiting."""
    with transaction():
        due = connections.expiring()
    for connection_id in due:
        _refresh(connection_id)


def _refresh(connection_id: int) -> None:
    try:
        connections.renew(connection_id)
    except (NeedsReconnect, Stopped) as error:
        with transaction():
            park(connection_id, error)
    except MarketplaceError as error:
        log.warning("token not renewed yet", connection=connection_id, code=error.code)


@job("default", tries=1)
def tell_of_ends() -> None:
    """Tell the sellers whose consent ends soon; once a consent."""
    with transaction():
        for row in connections.ending():
            tell_of_end(row)


def tell_of_end(row: Connection) -> None:
    """Tell the owners that the consent of a connection ends soon; once a consent."""
    row.told_of_end = True
    until = f"{clock.vietnam(row.refresh_until):%d/%m/%Y}" if row.refresh_until else "mấy ngày tới"
    send.owners(
        row.seller_id,
        f"Kết nối {row.platform} {row.shop_id} sắp hết hạn",
        f"Hạn: {until}. Mở mục Sàn, bấm “Kết nối lại” trước ngày đó; nếu không, giá và tồn kho "
        "trên sàn sẽ không đổi nữa.\n",
        once=f"consent-ends:{row.ref}:{until}",
    )


def park(connection_id: int, error: MarketplaceError) -> None:
    """Park the connection for what `error` says, in words for the cooperative."""
    if isinstance(error, Stopped):
        trouble = _(
            "Sàn từ chối tài khoản đối tác (%(code)s). Xin báo người vận hành.", code=error.code
        )
        connections.park(connection_id, Health.STOPPED, trouble)
    else:
        trouble = _("Sàn đòi đăng nhập lại. Bấm “Kết nối lại” để tiếp tục.")
        connections.park(connection_id, Health.NEEDS_RECONNECT, trouble)


@job("default")
def forget_shops(seller_id: int) -> None:
    """A seller was erased, and with it the keys to its shops."""
    with transaction():
        connections.forget(seller_id)

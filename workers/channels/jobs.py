"""Background work of the channels room."""

import structlog
from flask_babel import gettext as _

from shop.database import transaction
from shop.jobs import job
from workers.channels import connections
from workers.channels.models import Health
from workers.marketplaces.protocol import MarketplaceError, NeedsReconnect, Stopped

log = structlog.get_logger()


@job("channels", tries=1)
def refresh_tokens() -> None:
    """Renew the tokens that end soon; one shop's trouble does not keep the others waiting."""
    with transaction():
        due = connections.expiring()
    for connection_id in due:
        with connections.alone(connection_id) as alone:
            # Whoever works on it renews the token by itself when it needs one.
            if alone:
                _refresh(connection_id)


def _refresh(connection_id: int) -> None:
    try:
        connections.refresh(connection_id)
    except (NeedsReconnect, Stopped) as error:
        with transaction():
            park(connection_id, error)
    except MarketplaceError as error:
        log.warning("token not renewed yet", connection=connection_id, code=error.code)


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

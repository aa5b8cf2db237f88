"""Sellers' accounts at payment gateways: connected by the seller, offered to its buyers."""

import json
from collections.abc import Mapping, Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from shop import vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.payments.gateways import momo, vnpay, zalopay
from shop.payments.gateways.protocol import Gateway, Merchant
from shop.payments.models import GatewayConnection
from shop.sellers.models import Seller

GATEWAYS: dict[str, Gateway] = {module.name: module for module in (vnpay, momo, zalopay)}


def connect(actor: Actor, seller: Seller, provider: str, typed: Mapping[str, str]) -> None:
    """Keep what the seller copied from the gateway's pages; the old values end.

    A secret left empty keeps the one that is there. Raises BadInput naming what is missing.
    """
    connection = of(seller.id, provider)
    values = dict(merchant(connection).values) if connection else {}
    for credential in GATEWAYS[provider].credentials:
        value = typed.get(credential.name, "").strip()
        if value or not credential.secret:
            values[credential.name] = value
    _expect_whole(provider, values)
    if connection is None:
        connection = GatewayConnection(seller_id=seller.id, provider=provider)
        db.session.add(connection)
    connection.host = host(provider)
    connection.sealed_values = vault.seal(json.dumps(values), _vault_key())
    connection.active = True
    db.session.flush()
    audit.note(actor, "gateway.connect", connection, GATEWAYS[provider].label)


def _expect_whole(provider: str, values: Mapping[str, str]) -> None:
    names = [c.name for c in GATEWAYS[provider].credentials]
    missing = [name for name in names if not values.get(name)]
    wrong = [name for name in names if len(values.get(name, "")) > 200]
    if missing or wrong:
        raise BadInput(
            {name: [_("Chép mã này từ trang của cổng thanh toán.")] for name in missing}
            | {name: [_("Dài quá 200 ký tự.")] for name in wrong}
        )


def stop(actor: Actor, connection: GatewayConnection) -> None:
    """No buyer is sent there any more; what is under way is still heard. Twice is once."""
    if connection.active:
        connection.active = False
        label = GATEWAYS[connection.provider].label
        audit.note(actor, "gateway.stop", connection, label)


def of(seller_id: int, provider: str) -> GatewayConnection | None:
    """The seller's connection to a gateway, locked; None when there never was one."""
    query = select(GatewayConnection).where(
        GatewayConnection.seller_id == seller_id, GatewayConnection.provider == provider
    )
    return db.session.scalar(query.with_for_update())


def offered(seller_id: int) -> Sequence[GatewayConnection]:
    """The gateways at which the seller's buyers may pay, in a fixed order."""
    query = select(GatewayConnection).where(
        GatewayConnection.seller_id == seller_id, GatewayConnection.active
    )
    return db.session.scalars(query.order_by(GatewayConnection.provider)).all()


def merchant(connection: GatewayConnection) -> Merchant:
    """The account with its secrets opened, to be handed to a gateway's module and dropped."""
    values = json.loads(vault.open_sealed(connection.sealed_values, _vault_key()))
    return Merchant(connection.host, values)


def host(provider: str) -> str:
    """Where the gateway is: its own address, or the one that the settings name instead."""
    named: dict[str, str] = current_app.config["SETTINGS"].gateway_hosts
    return named.get(provider, GATEWAYS[provider].host)


def _vault_key() -> str:
    return str(current_app.config["SETTINGS"].vault_key)

"""Photos and documents. What they belong to stands above, so they name it by `holder`."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint

from shop.accounts.models import Owned
from shop.database import BigKey, Instant, Json, Mapped, Model, Recorded, mapped_column


class PhotoState(StrEnum):
    """A photo waits for a worker, can be shown, or could not be made ready."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Photo(Owned, Model):
    """A photo of `holder` ("product:<ref>", "seller:<ref>", "logo:<ref>"), in order of `position`.

    The file as it came stays private under `original_key`; `bytes` and `sha256` are its own.
    `width` and `height` are pixels as it is seen. `derived`: width in pixels → key of the WebP
    file that is public. `seller_id` None: of the platform (a landmark).
    """

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in PhotoState)})", "state"),
        CheckConstraint("state <> 'ready' OR derived <> '{}'", "derived"),
        UniqueConstraint("holder", "sha256"),
        Index("ix_photos_holder_position", "holder", "position"),
    )

    id: Mapped[BigKey]
    seller_id: Mapped[int | None] = mapped_column(  # type: ignore[assignment]
        BigInteger, ForeignKey("sellers.id"), index=True
    )
    holder: Mapped[str]
    position: Mapped[int]
    alt: Mapped[str] = mapped_column(default="", server_default="")
    original_key: Mapped[str]
    content_type: Mapped[str]
    sha256: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    state: Mapped[str] = mapped_column(default=PhotoState.WAITING)
    derived: Mapped[Json] = mapped_column(default=dict)
    created_at: Mapped[Recorded]


class Document(Owned, Model):
    """A paper of `holder` ("seller:<ref>", "certificate:<ref>", "product:<ref>"), private.

    `public`: who scans a stamp may open it too, once what it hangs on is public; of a lot or an
    event alone. `kind` is a word of the holder's room. `valid_until`: the last day on which it
    holds, None if it does not say. A removed one is shown no more; its file stays for what was
    decided on it.
    """

    __tablename__ = "documents"
    __table_args__ = (
        # The same paper sent twice is one.
        Index(
            "uq_documents_holder_kind_sha256",
            "holder",
            "kind",
            "sha256",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    holder: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    file_key: Mapped[str]
    content_type: Mapped[str]
    bytes: Mapped[int]
    sha256: Mapped[str]
    valid_until: Mapped[date | None]
    public: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[Recorded]
    removed_at: Mapped[Instant | None]

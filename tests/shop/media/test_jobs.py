from io import BytesIO

import pytest
from PIL import Image

from shop import jobs as registry
from shop import storage as stores
from shop import uploads
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.media import jobs, photos
from shop.media.models import PhotoState
from shop.storage import FolderStorage, StorageDown
from tests import make, make_media


@pytest.fixture
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


@pytest.fixture
def photo(storage):
    """A photo that waits for its worker."""
    return make_media.photo(ready=False)


def files(storage):
    return sorted(
        str(p.relative_to(storage.folder)) for p in storage.folder.rglob("*") if p.is_file()
    )


def test_a_photo_is_derived_in_every_width(photo, storage):
    jobs.derive(photo.id)
    assert photo.state == PhotoState.READY
    assert list(photo.derived) == ["160", "480", "960", "1200"]
    for width, key in photo.derived.items():
        made = Image.open(BytesIO(storage.read(key)))
        assert (made.format, str(made.width)) == ("WEBP", width)
        assert key == f"photos/{photo.sha256[:16]}-{photo.ref}-{width}.webp"


def test_progress_can_be_seen_width_by_width(photo, storage, monkeypatch):
    seen, real = [], uploads.derive

    def watched(data, width):
        db.session.refresh(photo)
        seen.append((width, len(photo.derived), photo.state))
        return real(data, width)

    monkeypatch.setattr(uploads, "derive", watched)
    jobs.derive(photo.id)
    waiting = PhotoState.WAITING
    assert seen == [(160, 0, waiting), (480, 1, waiting), (960, 2, waiting), (1200, 3, waiting)]


def test_a_run_that_was_killed_is_taken_up_where_it_stopped(photo, storage, monkeypatch):
    real = uploads.derive

    def killed(data, width):
        if width == 960:
            raise MemoryError
        return real(data, width)

    monkeypatch.setattr(uploads, "derive", killed)
    with pytest.raises(MemoryError):
        jobs.derive(photo.id)
    assert (photo.state, list(photo.derived)) == (PhotoState.WAITING, ["160", "480"])
    again = []
    monkeypatch.setattr(uploads, "derive", lambda d, w: again.append(w) or real(d, w))
    jobs.derive(photo.id)
    assert (photo.state, again) == (PhotoState.READY, [960, 1200])


def test_a_second_run_does_nothing(photo, storage, monkeypatch):
    jobs.derive(photo.id)
    monkeypatch.setattr(uploads, "derive", pytest.fail)
    jobs.derive(photo.id)
    assert photo.state == PhotoState.READY


def test_a_photo_that_cannot_be_drawn_is_failed_at_once(photo, storage):
    storage.put(photo.original_key, make_media.picture()[:-300], "image/jpeg")
    jobs.derive(photo.id)
    assert (photo.state, photo.derived) == (PhotoState.FAILED, {})


def test_a_photo_whose_original_is_gone_is_failed_at_once(photo, storage):
    storage.delete(photo.original_key)
    jobs.derive(photo.id)
    assert photo.state == PhotoState.FAILED


def test_a_store_that_is_away_is_tried_again_later(photo, storage, monkeypatch):
    def away(key):
        raise StorageDown("no answer")

    monkeypatch.setattr(storage, "read", away)
    with pytest.raises(StorageDown):
        jobs.derive(photo.id)
    assert photo.state == PhotoState.WAITING
    spec = registry.spec("shop.media.jobs.derive")
    assert (spec.queue, spec.tries, spec.given_up) == ("documents", 5, jobs.give_up)


def test_a_photo_given_up_can_be_asked_for_again(photo, storage, run_tasks):
    jobs.give_up(photo.id)
    assert photo.state == PhotoState.FAILED
    run_tasks()
    assert photo.state == PhotoState.FAILED
    photos.retry(SYSTEM, photo)
    run_tasks()
    assert photo.state == PhotoState.READY


def test_giving_up_spoils_nothing_that_is_ready(photo, storage):
    jobs.derive(photo.id)
    jobs.give_up(photo.id)
    assert photo.state == PhotoState.READY
    jobs.give_up(987_654_321)


def test_a_photo_taken_away_while_it_is_derived_leaves_nothing_public(
    photo, storage, monkeypatch, run_tasks
):
    real = uploads.derive

    def taken_away(data, width):
        if width == 480:
            photos.remove(SYSTEM, photo)
            db.session.commit()
        return real(data, width)

    monkeypatch.setattr(uploads, "derive", taken_away)
    jobs.derive(photo.id)
    run_tasks()
    assert files(storage) == []


def test_a_photo_that_is_gone_is_nothing_to_do(storage):
    jobs.derive(987_654_321)
    assert files(storage) == []


def test_discarding_twice_is_once(storage):
    storage.put("originals/A.jpg", b"x", "image/jpeg")
    jobs.discard(["originals/A.jpg"])
    jobs.discard(["originals/A.jpg"])
    assert files(storage) == []


@pytest.mark.xdist_group("s3")
def test_a_photo_lives_in_a_bucket_from_its_arrival_to_its_end(
    cast, s3, database, monkeypatch, run_tasks, tmp_path
):
    keys = {"access_key": s3.access_key, "secret_key": s3.secret_key}
    bucket = stores.open_storage(tmp_path, bucket="anh", endpoint_url=s3.endpoint_url, **keys)
    bucket.prepare()
    monkeypatch.setitem(database.extensions, "storage", bucket)
    tea = make.product(cast.ours.seller)
    data = make_media.picture(size=(1200, 900), exif=make_media.exif())
    sent = {"photos": (BytesIO(data), "IMG_1.jpg")}
    assert cast.ours.post(f"/ban-hang/san-pham/{tea.ref}/anh", sent).status_code == 303
    run_tasks()
    (photo,) = photos.of(f"product:{tea.ref}")
    assert photo.state == PhotoState.READY
    with database.test_request_context():
        address = photos.url(photo, 480)
    original_key = photo.original_key
    answer = cast.visitor.get(address)
    assert answer.data == bucket.read(photo.derived["480"])
    assert answer.headers["Content-Type"] == "image/webp"
    assert cast.ours.get(f"/ban-hang/anh/{photo.ref}/goc").data == data
    cast.ours.post(f"/ban-hang/anh/{photo.ref}/xoa")
    run_tasks()
    assert cast.visitor.get(address).status_code == 404
    assert not bucket.exists(original_key)

from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db, transaction
from shop.media import photos
from shop.media.errors import TooManyPhotos
from shop.media.models import Photo, PhotoState
from shop.outbox import Task
from shop.storage import FolderStorage
from shop.uploads import BadFile
from tests import make, make_media, make_money


@pytest.fixture(autouse=True)
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    with database.test_request_context():
        yield folder


@pytest.fixture
def tea(database):
    return make.product()


def taken(data=None):
    return photos.take(BytesIO(data or make_media.another_picture()))


def accept(product, data=None, **more):
    return photos.accept(SYSTEM, product.seller_id, f"product:{product.ref}", taken(data), **more)


def files(storage):
    return sorted(
        str(p.relative_to(storage.folder)) for p in storage.folder.rglob("*") if p.is_file()
    )


def actions():
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def jobs_asked():
    return [(task.job, task.arguments) for task in db.session.scalars(select(Task))]


def test_a_photo_is_stored_as_it_came_and_waits_for_a_worker(tea, storage):
    data = make_media.picture(exif=make_media.exif(6))
    photo = accept(tea, data, alt="Đồi chè")
    assert (photo.state, photo.derived, photo.alt) == (PhotoState.WAITING, {}, "Đồi chè")
    assert (photo.width, photo.height, photo.bytes) == (300, 400, len(data))
    assert photo.original_key == f"originals/{photo.ref}.jpg"
    assert storage.read(photo.original_key) == data
    assert jobs_asked()[0] == ("shop.media.jobs.derive", {"photo_id": photo.id})
    assert actions() == ["photo.accept"]


def test_a_refused_photo_leaves_nothing_behind(tea, storage):
    with pytest.raises(BadFile):
        accept(tea, b"no picture")
    assert files(storage) == []


def test_the_same_photo_sent_twice_is_one(tea, storage, run_tasks):
    data = make_media.picture()
    first, second = accept(tea, data), accept(tea, data)
    assert second is first
    run_tasks()
    assert [name for name in files(storage) if name.startswith("originals")] == [first.original_key]
    assert actions() == ["photo.accept"]


def test_two_products_may_show_the_same_photo_and_lose_it_one_by_one(tea, storage, run_tasks):
    other, data = make.product(tea.seller, name="Chè đinh"), make_media.picture()
    ours, theirs = accept(tea, data), accept(other, data)
    run_tasks()
    photos.remove(SYSTEM, ours)
    run_tasks()
    assert files(storage) == sorted([theirs.original_key, *theirs.derived.values()])


def test_a_holder_takes_twenty(tea, monkeypatch, storage, run_tasks):
    monkeypatch.setattr(photos, "MOST", 2)
    kept = [accept(tea), accept(tea)]
    with pytest.raises(TooManyPhotos) as refusal:
        accept(tea)
    assert refusal.value.facts == {"most": 2}
    assert photos.of(f"product:{tea.ref}") == kept
    run_tasks()
    assert len([name for name in files(storage) if name.startswith("originals")]) == 2


def test_photos_keep_the_order_they_are_given(tea):
    one, two, three = accept(tea), accept(tea), accept(tea)
    holder = f"product:{tea.ref}"
    photos.move(SYSTEM, three, "up")
    assert photos.of(holder) == [one, three, two]
    photos.move(SYSTEM, one, "down")
    assert photos.of(holder) == [three, one, two]
    photos.move(SYSTEM, three, "up")
    photos.move(SYSTEM, two, "down")
    assert photos.of(holder) == [three, one, two]
    assert actions().count("photo.move") == 2


def test_photos_at_the_same_place_can_still_be_moved(tea):
    one, two, three = accept(tea), accept(tea), accept(tea)
    for each in (one, two, three):
        each.position = 0
    photos.move(SYSTEM, three, "up")
    assert photos.of(f"product:{tea.ref}") == [one, three, two]


def test_words_are_noted_when_they_change(tea):
    photo = accept(tea)
    photos.describe(SYSTEM, photo, "Búp chè non")
    photos.describe(SYSTEM, photo, "Búp chè non")
    assert photo.alt == "Búp chè non"
    assert actions() == ["photo.accept", "photo.describe"]


def test_a_removed_photo_leaves_no_file(tea, storage, run_tasks):
    photo = accept(tea)
    run_tasks()
    assert len(files(storage)) == 3
    photos.remove(SYSTEM, photo)
    run_tasks()
    assert files(storage) == []
    assert photos.of(f"product:{tea.ref}") == []
    assert actions() == ["photo.accept", "photo.remove"]


@pytest.mark.parametrize(
    ("width", "made"),
    [
        (4000, [160, 480, 960, 1600]),
        (1200, [160, 480, 960, 1200]),
        (960, [160, 480, 960]),
        (200, [160, 200]),
    ],
)
def test_widths_never_pass_what_was_sent(width, made):
    assert photos.widths(Photo(width=width)) == made


@pytest.fixture
def ready(tea, run_tasks):
    """A photo 1,200 pixels wide whose files are made."""
    photo = accept(tea, make_media.picture(size=(1200, 900)))
    run_tasks()
    return photo


@pytest.mark.parametrize(
    ("wanted", "given"), [(1, 160), (160, 160), (161, 480), (960, 960), (1000, 1200), (4000, 1200)]
)
def test_an_address_leads_to_the_smallest_file_that_is_wide_enough(ready, wanted, given):
    assert photos.url(ready, wanted) == f"/anh/{ready.sha256[:16]}-{ready.ref}-{given}.webp"


def test_an_address_can_be_whole(ready):
    assert photos.url(ready, 960, _external=True).startswith("http")


def test_the_source_set_goes_from_narrow_to_wide(ready):
    widths = [part.split()[1] for part in photos.srcset(ready).split(", ")]
    assert widths == ["160w", "480w", "960w", "1200w"]


def test_covers_are_the_first_ready_photos_in_one_query(tea, run_tasks, query_count):
    other, bare = (make.product(tea.seller, name=name) for name in ("Chè đinh", "Chè búp"))
    failed, first, _second = accept(tea), accept(tea), accept(tea)
    alone = accept(other)
    run_tasks()
    failed.state, failed.derived = PhotoState.FAILED, {}
    db.session.commit()
    holders = [f"product:{product.ref}" for product in (tea, other, bare)]
    with query_count() as queries:
        found = photos.covers(holders)
    assert found == {holders[0]: first, holders[1]: alone}
    assert len(queries) == 1
    assert photos.shown(holders[0])[0] is first
    with query_count() as queries:
        many = photos.of_many(holders)
    assert [len(many[holder]) for holder in holders] == [3, 1, 0]
    assert len(queries) == 1


def test_only_a_failed_or_long_waiting_photo_is_tried_again(ready):
    for state, age, again in [
        (PhotoState.READY, timedelta(days=1), False),
        (PhotoState.WAITING, timedelta(minutes=1), False),
        (PhotoState.WAITING, timedelta(minutes=11), True),
        (PhotoState.FAILED, timedelta(0), True),
    ]:
        ready.state, ready.created_at = state, clock.now() - age
        assert photos.may_retry(ready) is again
        db.session.commit()
        before = len(jobs_asked())
        photos.retry(SYSTEM, ready)
        assert len(jobs_asked()) - before == int(again)


def send_one(seller_id, holder, data):
    with transaction():
        return photos.accept(SYSTEM, seller_id, holder, photos.take(BytesIO(data))).ref


def test_the_same_photo_sent_six_times_at_once_is_one(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            product = make.product()
        holder, data = f"product:{product.ref}", make_media.picture()
        works = [partial(send_one, product.seller_id, holder, data)] * 6
        assert len(set(make_money.at_once(app, works))) == 1
        assert len(photos.of(holder)) == 1


def test_photos_sent_at_once_each_get_a_place(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            product = make.product()
        holder = f"product:{product.ref}"
        sizes = [(400, 300 + n) for n in range(6)]
        works = [
            partial(send_one, product.seller_id, holder, make_media.picture(size=size))
            for size in sizes
        ]
        make_money.at_once(app, works)
        assert [photo.position for photo in photos.of(holder)] == [0, 1, 2, 3, 4, 5]


def change(ref, deed):
    with transaction():
        photo = db.session.scalar(select(Photo).where(Photo.ref == ref))
        if photo is not None:
            deed(photo)
    return "done"


def test_moving_what_is_being_taken_away_is_no_traceback(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            product = make.product()
        holder = f"product:{product.ref}"
        refs = [
            send_one(product.seller_id, holder, make_media.picture(size=(400, 300 + n)))
            for n in range(4)
        ]
        works = [partial(change, ref, partial(photos.remove, SYSTEM)) for ref in refs[:2] * 2]
        works += [partial(change, ref, lambda p: photos.move(SYSTEM, p, "up")) for ref in refs]
        assert make_money.at_once(app, works) == ["done"] * 8
        assert {photo.ref for photo in photos.of(holder)} == set(refs[2:])

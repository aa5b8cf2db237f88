"""The log of trainings of a helper's teams."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.community import teams
from shop.community import trainings as verbs
from shop.community.models import Team
from shop.community.schemas import TrainingSchema
from shop.database import transaction
from shop.errors import NotFound

bp = Blueprint("trainings", __name__, url_prefix="/ban-hang/tap-huan")


@bp.get("")
@access.signed_in
def trainings(actor: Actor) -> ResponseReturnValue:
    """What the teams held, the newest first, and what it comes to."""
    ids = [team.id for team in _teams(actor)]
    count, heads = verbs.total(ids)
    page = pages.paged(verbs.of(ids))
    return pages.page("trainings/trainings.html", page=page, count=count, heads=heads)


def _teams(actor: Actor) -> list[Team]:
    """The actor's teams; administrators see those of everybody in each team's page."""
    access.expect(actor, Permission.HELP)
    return teams.of(actor.user_id)


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def training_new(actor: Actor) -> ResponseReturnValue:
    """Note a training that was held."""
    mine = _teams(actor)
    start = {"team": mine[0].ref if mine else "", "held_on": clock.today().isoformat()}
    form = pages.form(TrainingSchema(), start)
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        team = next((team for team in mine if team.ref == form.data["team"]), None)
        if team is None:
            raise NotFound(ref=form.data["team"])
        with form.guard(), transaction():
            verbs.note(actor, team, form.data)
            pages.claim(form, ".trainings")
        if not form.errors:
            return pages.saved(".trainings", _("Đã ghi buổi tập huấn."))
    options = [(team.ref, team.name) for team in mine]
    return pages.page("trainings/training_new.html", form=form, teams=options)


@bp.post("/<ref>/bo")
@access.signed_in
def training_remove(actor: Actor, ref: str) -> ResponseReturnValue:
    """One that was noted by mistake."""
    ids = [team.id for team in _teams(actor)]
    with transaction():
        verbs.remove(actor, verbs.get(ref, ids))
    return pages.saved(".trainings", _("Đã bỏ buổi tập huấn ghi nhầm."))

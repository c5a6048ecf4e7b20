"""Views of the account area."""

from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from lms.models import LinkPurpose
from lms.services import accounts, audit, invitations, one_time_links
from lms.services.errors import Invalid
from lms.web import session
from lms.web.access import policy
from lms.web.auth import blueprint
from lms.web.auth.forms import InvitationForm, NewPasswordForm, PasswordForm, RegistrationForm, SignInForm
from lms.web.forms import mark, named_field
from lms.web.limits import account_asked_for, configured, limiter


def safe_next(target: str | None) -> str:
    """A path on this site, or the home page: never another host, however it is spelled."""
    target = target or ""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if plain and target.isprintable() and "\\" not in target else url_for("home.index")


def _show(form: FlaskForm, error: Invalid) -> None:
    field = named_field(form, error)
    if field is not None:
        mark(field, error)
    else:
        flash(str(error), "danger")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@policy("anyone")
@limiter.limit(configured("sign_in"), methods=["POST"], key_func=account_asked_for)
@limiter.limit(configured("sign_in_address"), methods=["POST"])
def sign_in() -> ResponseReturnValue:
    if g.actor is not None:
        return redirect(safe_next(request.args.get("next")))
    form = SignInForm()
    if form.validate_on_submit():
        try:
            session.sign_in(accounts.authenticate(email=form.email.data, password=form.password.data))
            return redirect(safe_next(request.args.get("next")))
        except Invalid as error:
            _show(form, error)
    return render_template("auth/sign_in.html", form=form), 400 if form.errors else 200


@blueprint.route("/register", methods=["GET", "POST"])
@policy("anyone")
@limiter.limit(configured("registration"), methods=["POST"])
def register() -> ResponseReturnValue:
    if g.actor is not None:
        return redirect(url_for("home.index"))
    if current_app.config["ACADEMY"].registration == "closed":
        return render_template("auth/registration_closed.html"), 403
    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            user = accounts.register(email=form.email.data, name=form.name.data, password=form.password.data)
            session.sign_in(user)
            return redirect(safe_next(request.args.get("next")))
        except Invalid as error:
            _show(form, error)
    return render_template("auth/register.html", form=form), 400 if form.errors else 200


@blueprint.route("/set-up/<token>", methods=["GET", "POST"])
@policy("anyone")
@limiter.limit(configured("sign_in_address"), methods=["POST"])
def set_up(token: str) -> ResponseReturnValue:
    """The first administrator's account, through the link that was printed at the first start."""
    if not one_time_links.is_good(token, LinkPurpose.FIRST_ADMINISTRATOR):
        return render_template("auth/spent_link.html"), 410
    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            user = accounts.create_first_administrator(
                token, email=form.email.data, name=form.name.data, password=form.password.data
            )
            session.sign_in(user)
            flash("Welcome. This academy is yours now.", "success")
            return redirect(url_for("home.index"))
        except Invalid as error:
            _show(form, error)
    return render_template("auth/set_up.html", form=form, token=token), 400 if form.errors else 200


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@policy("anyone")
@limiter.limit(configured("sign_in_address"), methods=["POST"])
def invitation(token: str) -> ResponseReturnValue:
    """An invited person's first visit; looking at the page does not spend the link."""
    user = one_time_links.user_of(token, LinkPurpose.INVITATION)
    if user is None:
        return render_template("auth/spent_link.html"), 410
    form = InvitationForm(name=user.name)
    if form.validate_on_submit():
        try:
            session.sign_in(invitations.accept(token, name=form.name.data, password=form.password.data))
            return redirect(url_for("home.index"))
        except Invalid as error:
            _show(form, error)
    return render_template("auth/invitation.html", form=form, user=user), 400 if form.errors else 200


@blueprint.route("/sign-in/<token>", methods=["GET", "POST"])
@policy("anyone")
@limiter.limit(configured("sign_in_address"), methods=["POST"])
def sign_in_by_link(token: str) -> ResponseReturnValue:
    """Opening the link asks once more, so that a mail scanner or preview does not spend it."""
    if request.method == "GET":
        if not one_time_links.is_good(token, LinkPurpose.SIGN_IN):
            return render_template("auth/spent_link.html"), 410
        return render_template("auth/sign_in_by_link.html", token=token)
    session.sign_in(one_time_links.use_to_sign_in(token), by_link=True)
    return redirect(url_for("home.index"))


@blueprint.post("/sign-out")
@policy("signed in")
def sign_out() -> ResponseReturnValue:
    session.sign_out()
    return redirect(url_for("auth.sign_in"))


@blueprint.route("/account", methods=["GET", "POST"])
@policy("signed in")
@limiter.limit(configured("sign_in"), methods=["POST"])
def account() -> ResponseReturnValue:
    form = NewPasswordForm() if session.came_by_link() else PasswordForm()
    if form.validate_on_submit():
        try:
            current = form.current.data if isinstance(form, PasswordForm) else None
            accounts.change_password(g.actor, current=current, new=form.password.data)
            session.sign_in(g.actor)
            flash("The new password holds. Every other browser was signed out.", "success")
            return redirect(url_for("auth.account"))
        except Invalid as error:
            _show(form, error)
    return render_template("auth/account.html", form=form), 400 if form.errors else 200


@blueprint.get("/account/history")
@policy("signed in")
def history() -> ResponseReturnValue:
    """What staff did to this person's record: the same that staff sees."""
    return render_template("auth/history.html", lines=audit.about(g.actor.id))

"""LifecyclePanel: where a deployment stands, what it costs, and a button for each step of its life."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from akash_nb import policy
from akash_nb.budgets import seconds_of
from akash_nb.client.call import Flow
from akash_nb.client.deployments import MINIMUM_DEPOSIT_USD, amount_usd
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, NoChoiceError
from akash_nb.money import exact_usd, format_usd
from akash_nb.policy import Choice
from akash_nb.session import Session
from akash_nb.widgets.life import actions_view, questions
from akash_nb.widgets.life import lifecycle_view as views
from akash_nb.widgets.life.explanation_view import apply_notice, without_findings
from akash_nb.widgets.parts.asking import AskingView
from akash_nb.widgets.parts.base import Target, asset, error_view
from akash_nb.widgets.parts.still import Still


class LifecyclePanel(AskingView):
    """The steps certificate, deployment, bids, lease, running and closed, each with its state and its buttons.

    Args:
        target: A session, whose current deployment is shown, or one deployment.

    Every button can be pressed from code: `panel.press("close")`, then `panel.confirm()`, then `panel.wait()`.
    """

    _esm = asset("lifecycle.js", "asking.js", "deployment.js")
    _css = asset("lifecycle.css")

    def press(self, name: str, **values: Any) -> None:
        """Press a button. Create, lease, deposit, extend, update and close ask first.

        Args:
            name: One of certificate, create, wait, stop, explain, apply, lease, refresh, deposit, extend, update,
                close, resume, new, show.
            values: `usd` for create and deposit, `by` for extend, `policy` for lease, `n` for apply (see
                `Explanation.apply`), `dseq` for show.

        Raises:
            InvalidInputError: The present state does not allow it; the message says why. Nothing was done.
            NoChoiceError: No open bid meets the policy.
        """
        gesture = getattr(self, f"_press_{name}", None)
        if gesture is None:
            raise InvalidInputError(f"There is no button {name!r}.", means="Nothing was done.")
        reasons = actions_view.reasons(self.session, self.deployment, can_stop=self.desk.can_stop(self.deployment))
        if reasons.get(name):
            raise InvalidInputError(reasons[name], means="Nothing was done.")
        self._forget_question()
        self._dismissed, self._problem = tuple(self._failures()), None
        gesture(**values)
        self.refresh()

    # One per button

    def _press_certificate(self) -> None:
        has_pair = self.session.certificate_state is not None
        self._start(self.session, _certificate_and_wallet(self.session, new=has_pair))

    def _press_create(self, usd: Decimal | float | str | None = None) -> None:
        text = self.session.sdl
        amount = self._deposit_amount(self.session.usual_deposit_usd() if usd is None else usd)
        self._ask(
            "create",
            questions.create_question(self.session, amount),
            self.session,
            lambda: self.session.deploy_exactly(text, amount, confirm=True),
            lambda: (self.session.sdl, self.deployment, self.session.deployments, self.session.budget),
        )

    def _press_wait(self) -> None:
        deployment = self._shown()
        self._start(deployment, Deployment.wait_for_bids.build(deployment))

    def _press_stop(self) -> None:
        self.desk.stop(self._shown())

    def _press_explain(self) -> None:
        deployment = self._shown()
        self._start(deployment, Deployment.explain.build(deployment))

    def _press_apply(self, n: int = 0) -> None:
        """The change goes into the session's SDL as it is by now, so that nothing that was typed is lost."""
        deployment = self._shown()
        explanation = deployment.explanation
        assert explanation is not None  # noqa: S101  apply is refused without one
        self.session.sdl = explanation.apply(n, self.session.sdl if self.session.sdl.strip() else None)
        self.session.notice = apply_notice(deployment, explanation.fixes[n])

    def _press_lease(self, policy: str = views.PICKED) -> None:
        deployment = self._shown()
        if deployment.stage == "leased":
            self._start(deployment, _lease_and_watch(deployment, None))  # the manifest again: nothing is spent
            return
        choice = self._choice(deployment, policy)
        assert deployment.bids is not None  # noqa: S101  there is a choice among them
        self._ask(
            "lease",
            questions.lease_question(self.session, deployment, choice),
            deployment,
            lambda: _lease_and_watch(deployment, choice),
            lambda: (self.deployment, deployment.stage, deployment.choice, questions.states_of(deployment, choice)),
        )

    def _press_refresh(self) -> None:
        deployment = self._shown()
        if deployment.stage in ("created", "bids"):
            self._start(deployment, Deployment.refresh_bids.build(deployment))
        self._start(deployment, Deployment.status.build(deployment))
        self._start(self.session, Session.wallet.build(self.session))

    def _press_deposit(self, usd: Decimal | float | str = 1) -> None:
        deployment, amount = self._shown(), self._amount(usd, minimum=Decimal("0.01"))
        self._ask(
            "deposit",
            f"Add {exact_usd(amount)} of {questions.money_word(self.session)} to the escrow of {deployment.dseq}?",
            deployment,
            lambda: Deployment.deposit.build(deployment, amount, confirm=True),
            lambda: (self.deployment, deployment.stage),
        )

    def _press_extend(self, by: str = "1h") -> None:
        deployment, seconds = self._shown(), seconds_of("by", by)
        self._ask(
            "extend",
            questions.extend_question(self.session, deployment, seconds),
            deployment,
            lambda: Deployment.extend.build(deployment, float(seconds), confirm=True),
            lambda: (self.deployment, deployment.stage, deployment.ends_at),
        )

    def _press_update(self) -> None:
        deployment, text = self._shown(), self.session.sdl
        self._ask(
            "update",
            f"Send the changed SDL to the provider? It replaces what runs on {deployment.dseq}; nothing is deposited.",
            deployment,
            lambda: _update_and_watch(deployment, text),
            lambda: (self.deployment, deployment.stage, self.session.sdl),
        )

    def _press_close(self) -> None:
        deployment = self._shown()
        self._ask(
            "close",
            questions.close_question(self.session, deployment),
            deployment,
            lambda: Deployment.close.build(deployment),
            lambda: (self.deployment, deployment.stage),
        )

    def _press_resume(self) -> None:
        self._start(self.session, Session.resume.build(self.session))

    def _press_new(self) -> None:
        self.session.current = None

    def _press_show(self, dseq: str) -> None:
        self.session.current = next((d for d in self.session.deployments if d.dseq == dseq), self.session.current)

    # How it works

    def _shown(self) -> Deployment[Any]:
        if self.deployment is None:
            raise InvalidInputError("There is no deployment yet.", means="Nothing was done.")
        return self.deployment

    def _choice(self, deployment: Deployment[Any], name: str) -> Choice:
        """The bids to lease, decided before the question so that it can name them and their price."""
        bids = deployment.bids
        assert bids is not None  # noqa: S101  lease is refused without bids
        if name == views.PICKED:
            why = views.picked_problem(deployment)
            if why or deployment.choice is None:
                raise InvalidInputError(why, means="Nothing was sent.")
            return policy.pick(bids, [offer.key for offer in deployment.choice.chosen.values()])
        choice = views.POLICIES[name][1].choose(bids)
        if not choice.is_complete:
            raise NoChoiceError(
                f"No open bid fits.\n{choice}", choice=choice, means="No lease was made.", todo="Choose another way."
            )
        return choice

    def _ask(
        self, name: str, text: str, target: Target, work: Callable[[], Flow[Any]], about: Callable[[], Any]
    ) -> None:
        self._put(name, text, lambda: self._start(target, work()), about)

    def _deposit_amount(self, usd: Decimal | float | str) -> Decimal:
        """The deposit of a create: at least what the dialect asks for, where it is known."""
        dialect = self.session.dialect
        return self._amount(usd, minimum=MINIMUM_DEPOSIT_USD[dialect] if dialect else Decimal("0.01"))

    def _amount(self, usd: Decimal | float | str, *, minimum: Decimal) -> Decimal:
        """An amount that the wallet has, as far as is known."""
        amount, wallet = amount_usd(usd, minimum=minimum), self.session.balances
        if wallet is not None and amount > wallet.available_usd:
            raise InvalidInputError(
                f"{format_usd(amount)} is more than the wallet has: {format_usd(wallet.available_usd)}.",
                means="Nothing was sent.",
                todo="Give less, or add credits to the wallet in the Console.",
            )
        return amount

    def _start(self, target: Target, work: Flow[Any]) -> None:
        self._follow(self.desk.start(target, work))

    def _kept_errors(self) -> tuple[BaseException | None, ...]:
        return self.session.error, self.deployment.error if self.deployment else None

    def _picture(self) -> dict[str, Any]:
        self._drop_stale_question()
        deployment = self.deployment
        view = views.panel_view(
            self.session,
            deployment,
            can_stop=self.desk.can_stop(deployment),
            trouble=self.desk.poller(deployment).problem if deployment else "",
        )
        view["is_pinned"] = self._pinned is not None
        return view | self._question_view()

    def _error_view(self) -> dict[str, str] | None:
        is_listed = self.deployment is not None and self.deployment.explanation is not None
        return error_view(without_findings(self.problem) if is_listed else self.problem)

    def _still(self) -> Still:
        view = self.view
        marks = {"done": "✓", "now": "●", "todo": "○", "skipped": "–"}
        steps = " → ".join(f"{marks[step['state']]} {step['label']}" for step in view["steps"])
        services = tuple((s["name"], " ".join([s["ready"], *s["uris"]])) for s in view["services"])
        why = tuple(
            (f["mark"] + " " + f["cause"], f["text"]) for f in (view["explanation"] or {"findings": []})["findings"]
        )
        receipt = tuple((r["label"], r["value"]) for r in (view["receipt"] or {"rows": []})["rows"])
        return Still(
            title=view["title"],
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            facts=(("Steps", steps), *((m["label"], m["value"]) for m in view["money"]), *services, *why, *receipt),
        )


def _certificate_and_wallet(session: Session[Any], *, new: bool) -> Flow[Any]:
    """The first step, and what there is to spend on the next."""
    certificate = yield from Session.certificate.build(session, new=new)
    yield from session.refresh_balances()
    return certificate


def _lease_and_watch(deployment: Deployment[Any], choice: Choice | None) -> Flow[Any]:
    """Lease, then follow the services until they are up."""
    yield from Deployment.lease.build(deployment, choice, confirm=True)
    return (yield from Deployment.wait_until_ready.build(deployment))


def _update_and_watch(deployment: Deployment[Any], text: str) -> Flow[Any]:
    """Send the SDL, then follow the services until they are up again."""
    yield from Deployment.update.build(deployment, text)
    return (yield from Deployment.wait_until_ready.build(deployment))

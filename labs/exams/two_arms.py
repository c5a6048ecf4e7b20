"""A learner's two models behind a router, freshly started, with the examiner's proxies in between.

Which model answered whom is read off the proxies, by an account number that only this request carries; what
the router says about itself is never asked.
"""

import functools
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from labs.exams.asks import Ask, account_of, predictions_of
from labs.exams.examination import Examination
from labs.exams.http import HttpClient
from labs.exams.machine import CpuWatch
from labs.exams.manifest import Manifest
from labs.exams.proxies import Call, Fault, Proxy
from labs.exams.report import LogEvidence
from labs.exams.services import Stack
from labs.exams.traffic import post

ARMS = ("model-a", "model-b")
HEALTHY_ACCURACY = 0.95


class TwoArms:
    """One fresh start of the learner's system; ends everything when its block ends."""

    def __init__(self, exam: Examination, manifest: Manifest, *, name: str) -> None:
        self.name = name
        self.asks: list[Ask] = []
        self.strange_calls = 0
        self.feedback_sent = {arm: {"correct": 0, "wrong": 0} for arm in ARMS}
        self.feedback_refused = 0
        self.share_elsewhere = 0.0
        self._chance = random.Random(f"{exam.plan.seed}:{name}")  # noqa: S311 - repeatable, not secret
        self._by_account: dict[int, Ask] = {}
        self._seen = dict.fromkeys(ARMS, 0)
        self._exam, self._manifest = exam, manifest
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> "TwoArms":
        async with AsyncExitStack() as exits:
            self.client = await exits.enter_async_context(HttpClient())
            env: dict[str, dict[str, str]] = {"router": {}}
            self.stack = Stack(self._exam, self._manifest, env=env)
            self.proxies = {arm: self._proxy(arm) for arm in ARMS}
            for arm, proxy in self.proxies.items():
                await exits.enter_async_context(proxy)
                env["router"][arm.upper().replace("-", "_") + "_URL"] = proxy.url
            await exits.enter_async_context(self.stack)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    def _proxy(self, arm: str) -> Proxy:
        runner = self._exam.runner
        upstream = functools.partial(self.stack.url, arm)
        return Proxy(arm, upstream, self.client, listen=runner.listen, called=runner.examiner, on_answer=self._learn)

    @property
    def router(self) -> str:
        """Where the router listens."""
        return self.stack.url("router")

    async def cpu_watch(self) -> CpuWatch:
        """Begin to watch what others use of this machine."""
        return await CpuWatch.begin(self.stack.unseen_cpu_seconds)

    def new_user(self) -> str:
        """A user nobody has seen."""
        return f"user-{self._chance.getrandbits(64):016x}"

    def inject(self, fault: Fault) -> float:
        """Put a fault on model B; the moment from which it acts."""
        self.proxies["model-b"].fault = fault
        return time.monotonic()

    def degraded(self, accuracy: float) -> Callable[[Any, Any], Any]:
        """A rewriting after which answers are true only that often."""

        def rewrite(request: Any, answer: Any) -> Any:
            ask, predictions = self._by_account.get(account_of(request)), predictions_of(answer)
            if ask is None or predictions is None or len(predictions) != 1:
                return answer
            self._settle(ask, predictions[0])
            is_right = self._chance.random() < accuracy
            return {**answer, "predictions": [ask.truth if is_right else 1 - (ask.truth or 0)]}

        return rewrite

    async def ask(self, user: str) -> Ask:
        """Send one user's request through the router and wait for the answer."""
        ask = Ask(user, f"{self._chance.getrandbits(96):024x}", self._features(), time.monotonic())
        self._by_account[ask.inputs["account"]] = ask
        self.asks.append(ask)
        question = {"request_id": ask.request_id, "user_id": user, "inputs": [ask.inputs]}
        ask.reply = await post(self.client, f"{self.router}/predict", question)
        return ask

    async def ask_and_tell(self, user: str) -> None:
        """Ask, then tell the router what was true."""
        ask = await self.ask(user)
        self.sync()
        arm = ask.answered_by
        if ask.truth is None or arm is None:
            return
        label = {"request_id": ask.request_id, "label": ask.truth}
        reply = await post(self.client, f"{self.router}/feedback", label)
        if reply.is_ok:
            self.feedback_sent[arm]["wrong" if ask.is_wrong else "correct"] += 1
        else:
            self.feedback_refused += 1

    def sync(self) -> None:
        """Attach what the proxies saw since the last time to the requests that it belongs to."""
        for arm, proxy in self.proxies.items():
            new = proxy.calls[self._seen[arm] :]
            self._seen[arm] += len(new)
            for call in new:
                ask = self._by_account.get(account_of(call.request))
                if ask:
                    ask.calls.append((arm, call))
                else:
                    self.strange_calls += 1

    def calls_by_arm(self) -> dict[str, int]:
        """How many calls reached each model so far."""
        return {arm: len(proxy.calls) for arm, proxy in self.proxies.items()}

    async def refresh_logs(self) -> None:
        """Make `logs` as new as it can be, where services run elsewhere; they end with their newest."""
        await self.stack.refresh_logs()

    def logs(self) -> list[LogEvidence]:
        """The end of what each service wrote."""
        return self.stack.logs()

    def _learn(self, call: Call) -> None:
        ask, predictions = self._by_account.get(account_of(call.request)), predictions_of(call.answer)
        if ask and predictions and len(predictions) == 1:
            self._settle(ask, predictions[0])

    def _settle(self, ask: Ask, prediction: int) -> None:
        # The platform is judged, not the models: a healthy model is right 95 times in 100, whatever it says.
        if ask.truth is None:
            ask.truth = prediction if self._chance.random() < HEALTHY_ACCURACY else 1 - prediction

    def _features(self) -> dict[str, int]:
        chance = self._chance
        return {
            "account": chance.randrange(10**9, 2 * 10**9),
            "tenure_months": chance.randrange(0, 73),
            "monthly_charge_cents": chance.randrange(1_500, 12_000),
            "support_calls": chance.randrange(0, 10),
        }

"""K01 to K07, K14, K23, K24, K26: what the API server refuses in a lab, and what refuses it.

Each call is made twice: in a lab, where a control refuses it with a reason, and where this control is not, where the
same call succeeds. Nothing of the second is kept: it is judged as ever (dryRun).
"""

import json
from dataclasses import dataclass

import pytest

from tests.cluster.installation import NAMESPACES
from tests.cluster.people import Reply
from tests.cluster.probes import Lab
from tests.cluster.tenancy import Estate, Tenant
from tests.cluster.tenancy_calls import CALLS, STANDING, Call
from tests.cluster.tenancy_hosts import DOMAIN, HOSTS, OWN, OWN_WAYS_IN

EVERY = (*CALLS, *HOSTS)


@dataclass(frozen=True)
class Field:
    """A lab that teaches kubectl, so that its learner has a token, and a namespace where nothing is fenced."""

    estate: Estate
    tenant: Tenant
    plain: Lab

    def make(self, call: Call, *, namespace: str, who: str, dry: bool) -> Reply:
        person = self.tenant.learner if who == "learner" else self.estate.admin
        path = call.path.format(namespace=namespace)
        path = path if path.startswith("/") else f"{NAMESPACES}/{namespace}/{path}"
        body = json.dumps(call.body(self.estate.pod(namespace, "trial")))
        own = body.replace(OWN, self.tenant.order.host).replace(DOMAIN, self.estate.installation.domain)
        return person.ask(call.method, path, json.loads(own), kind=call.kind, dry=dry)


@pytest.fixture(scope="module")
def field(estate: Estate) -> Field:
    tenant, plain = estate.tenant(kubectl=True), estate.plain()
    estate.let_in(tenant, plain)
    for lab in (tenant.lab, plain):
        # Never scheduled: it is there to be changed.
        lab.apply(estate.pod(lab.namespace, STANDING, nodeSelector={"academy.test/nowhere": "true"}))
    return Field(estate, tenant, plain)


def test_the_learner_may_make_an_ordinary_pod(field: Field) -> None:
    """So that what is refused below is refused for what it asks, and not for who asks."""
    ordinary = field.estate.pod(field.tenant.namespace, "ordinary")
    reply = field.tenant.learner.ask("POST", f"{NAMESPACES}/{field.tenant.namespace}/pods", ordinary, dry=True)
    assert reply.ok, reply.message


@pytest.mark.parametrize("call", OWN_WAYS_IN, ids=lambda one: one.case.replace(" ", "-"))
def test_its_own_way_in_is_taken(call: Call, field: Field) -> None:
    reply = field.make(call, namespace=field.tenant.namespace, who=call.who, dry=True)
    assert reply.ok, reply.message


@pytest.mark.parametrize("call", EVERY, ids=lambda one: one.case.replace(" ", "-"))
def test_a_lab_refuses_it(call: Call, field: Field) -> None:
    """Not as a rehearsal: were it to succeed, it would be there."""
    reply = field.make(call, namespace=field.tenant.namespace, who=call.who, dry=False)
    assert reply.status in {403, 422}, reply.message
    assert call.says in reply.message


@pytest.mark.parametrize("call", EVERY, ids=lambda one: one.case.replace(" ", "-"))
def test_without_its_control_it_succeeds(call: Call, field: Field) -> None:
    bare = call.without == "a plain namespace"
    where = field.plain.namespace if bare else field.tenant.namespace
    reply = field.make(call, namespace=where, who=call.who if bare else "admin", dry=call.method != "GET")
    assert reply.ok, reply.message

"""Labs that are kept ready, for real: JupyterLab opens for who claimed it, without a start, and for nobody else."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
from pydantic import SecretStr

from bench.learners import TOKEN
from bench.sign_ins import learners
from labs.door_key import door_key, new_claim
from labs.naming import ownership
from labs.providers.docker import api, containers, names
from labs.providers.machine import processes
from lms.models import Lab
from tests.factories.docker_instance import docker_instance
from tests.factories.instance import Instance, instance
from tests.factories.lab_rows import labs_of
from tests.factories.waiting import until

pytestmark = [pytest.mark.labs, pytest.mark.linux, pytest.mark.xdist_group("supervisor")]

SLUG, POOL = "gate-a-model", 2
DOOR = re.compile(r'src="(http://[^"]+token=[^"]+)"')


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def warm(databases: None, request: pytest.FixtureRequest) -> Iterator[Instance]:
    """A platform with two places and as many labs that are kept ready."""
    told = {"lab_pool": f"{SLUG}={POOL}", "labs_at_once": str(POOL), "limits_enabled": "false"}
    with docker_instance(**told) if request.param == "docker" else instance(with_labs=True, **told) as made:
        made.start()
        until("the pool", lambda: [one.state for one in labs_of(made)] == ["ready"] * POOL, seconds=180)
        yield made


def _ask(url: str) -> int:
    """The answer of a lab's door; its name is resolved here as a browser does."""
    asked = httpx.URL(url)
    direct = asked.copy_with(host="127.0.0.1")
    return httpx.get(direct, headers={"Host": asked.netloc.decode()}, follow_redirects=False).status_code


def _start(platform: Instance, cookies: httpx.Cookies, together: Barrier) -> str:
    with httpx.Client(base_url=platform.address, cookies=cookies, timeout=60) as client:
        token = (TOKEN.search(client.get(f"/labs/{SLUG}").text) or ["", ""])[1]
        together.wait()
        return client.post(f"/labs/{SLUG}/start", data={"csrf_token": token}, follow_redirects=True).text


def _running(platform: Instance, lab: Lab) -> set[object]:
    """What the lab consists of: its processes or its containers, each as it was started."""
    own = ownership(platform.settings.installation, lab.name)
    of_lab = [f"{names.INSTALLATION}={platform.settings.installation}", f"{names.LAB}={lab.name}"]
    return {(one.pid, one.create_time()) for one in processes.marked(own)} or _containers(of_lab)


def _containers(labels: list[str]) -> set[object]:
    client = api.connect(None)
    found = {one["Id"] for one in containers.summaries(client, labels).values()}
    return {(one, client.api.inspect_container(one)["State"]["StartedAt"]) for one in found}


def test_nobody_opens_a_lab_that_was_not_claimed(warm: Instance) -> None:
    lab, other = labs_of(warm)
    assert (lab.user_id, lab.claim) == (None, None)
    assert lab.observed is not None
    door = lab.observed["seen"]["door"]
    assert _ask_with_wrong_keys(door["url"], other) == {403}


def test_three_learners_at_once_on_a_pool_of_two(warm: Instance) -> None:
    kept = labs_of(warm)
    before = {lab.name: _running(warm, lab) for lab in kept}
    people = learners(warm.settings, 3)
    together = Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as hands:
        pages = list(hands.map(lambda cookies: _start(warm, cookies, together), people))
    doors = [found[1].replace("&amp;", "&") for page in pages if (found := DOOR.search(page))]
    assert len(set(doors)) == POOL
    assert [_ask(door) for door in doors] == [200] * POOL

    waits = next(page for page in pages if not DOOR.search(page))
    assert "number 1 in line" in waits and "Expected wait" in waits

    claimed = {lab.name: lab for lab in labs_of(warm) if lab.name in before}
    assert all(before.values())
    assert {name: _running(warm, lab) for name, lab in claimed.items()} == before, "nothing was started anew"
    assert len({lab.user_id for lab in claimed.values()} - {None}) == POOL

    keys = [httpx.URL(door).params["token"] for door in doors]
    by_lab = {httpx.URL(door).host.partition(".")[0]: door for door in doors}
    for mine, other in (kept, kept[::-1]):
        origin = str(httpx.URL(by_lab[mine.name]).join("/")).rstrip("/")
        assert _ask_with_wrong_keys(origin, other) == {403}
    assert _ask(doors[0].replace(keys[0], keys[1])) != 200, "a key opens one lab"
    assert not any(lab.credential in page for lab in claimed.values() for page in pages)


def _ask_with_wrong_keys(origin: str, other: Lab) -> set[int]:
    """With none, a claim alone, the key of another lab, and nonsense."""
    return {_ask(f"{origin}/api/contents?token={key}") for key in ("", new_claim(), _key_of(other), "0" * 96)}


def _key_of(lab: Lab) -> str:
    return door_key(SecretStr(lab.credential), new_claim())

"""What the door is told: who may come in by which name, and nothing else."""

from __future__ import annotations

import base64
import json
import zlib

from labs.providers.docker.door_config import Entry, bootstrap, files, judge_path, key_of, packed
from labs.providers.docker.way_out import Opening
from tests.unit.labs.test_container_plan import TOKEN, order

KEY = key_of(order())
WORKSPACE = Entry("lab-17", "workspace", "10.213.0.36", 8888, KEY, "lab-17.academy.localhost")
MLFLOW = Entry("lab-17", "mlflow", "10.213.0.35", 5000, KEY)


def test_a_browser_reaches_the_workspace_by_the_labs_name_and_nothing_else() -> None:
    told = files([WORKSPACE, MLFLOW])["doors.json"]["resources"][0]
    (host,) = told["virtual_hosts"]
    assert host["domains"] == ["lab-17.academy.localhost"]
    assert told["ignore_port_in_host_matching"]  # a proxy before the door may have any
    (route,) = host["routes"]
    assert route["route"]["cluster"] == "lab-17.workspace"
    assert "host_rewrite_literal" not in route["route"]


def test_the_judge_reaches_each_component_by_a_path_that_only_the_token_names() -> None:
    (host,) = files([WORKSPACE, MLFLOW])["judges.json"]["resources"][0]["virtual_hosts"]
    paths = {one["match"]["prefix"]: one["route"]["host_rewrite_literal"] for one in host["routes"]}
    assert paths == {f"/{KEY}/mlflow/": "mlflow:5000", f"/{KEY}/workspace/": "workspace:8888"}
    assert judge_path(order(), "mlflow") == f"/{KEY}/mlflow"
    assert TOKEN not in json.dumps(host) and len(KEY) == 40


def test_clusters_come_before_the_routes_to_them() -> None:
    told = files([MLFLOW])
    assert next(iter(told)) == "clusters.json"
    (cluster,) = told["clusters.json"]["resources"]
    assert "10.213.0.35" in json.dumps(cluster) and cluster["type"] == "STATIC"


def test_it_listens_on_its_own_network_only() -> None:
    listeners = bootstrap("10.213.0.2")["static_resources"]["listeners"]
    assert {one["address"]["socket_address"]["address"] for one in listeners} == {"10.213.0.2"}


def test_a_hundred_labs_fit_into_one_variable() -> None:
    many = [
        Entry(f"lab-{n}", name, f"10.213.{n}.{place}", 5000, f"{n:040d}", f"lab-{n}.academy.localhost")
        for n in range(100)
        for place, name in enumerate(("mlflow", "serving", "prometheus", "workspace"))
    ]
    text = packed(files(many))
    assert len(text) < 100_000
    assert set(json.loads(zlib.decompress(base64.b64decode(text)))) >= {"clusters.json", "doors.json", "judges.json"}


def test_a_way_out_leads_to_no_private_address() -> None:
    opening = Opening("lab-17", "10.213.0.34", 3128)
    told = files([WORKSPACE], openings=[opening], closed=["203.0.113.7/32"])
    (listener,) = told["listeners.json"]["resources"]
    assert listener["address"]["socket_address"] == {"address": "10.213.0.34", "port_value": 3128}
    text = json.dumps(listener)
    for closed in ("10.0.0.0", "127.0.0.0", "169.254.0.0", "172.16.0.0", "192.168.0.0", "203.0.113.7"):
        assert f'"{closed}"' in text
    assert [one["name"] for one in told["clusters.json"]["resources"]] == ["lab-17.workspace", "out"]


def test_without_a_declared_way_out_there_is_none() -> None:
    told = files([WORKSPACE])
    assert told["listeners.json"] == {"resources": []}
    assert "out" not in [one["name"] for one in told["clusters.json"]["resources"]]

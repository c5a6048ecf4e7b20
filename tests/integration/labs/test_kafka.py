"""Kafka in a lab, from its workspace: what every provider gives, and what a stop takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.spec import LabSpec
from tests.integration.labs.conftest import DOCKER, KUBERNETES, Case, ProcessCase
from tests.integration.labs.test_isolation import REACH, gets_through, promised
from tests.integration.labs.waiting import until_ready

#: What a learner's script does; `told` is what the test says, and the last line printed is what the test gets.
LEARNER = """
import json, os, socket, sys
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
servers, told = os.environ["KAFKA_BOOTSTRAP_SERVERS"], sys.argv[1:]

def topics():
    return sorted(KafkaAdminClient(bootstrap_servers=servers).list_topics())

def make_topic():
    KafkaAdminClient(bootstrap_servers=servers).create_topics([NewTopic("events", 2, 1)])

def produce(values):
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    sent = [producer.send("events", key=one.encode(), value=one.encode()) for one in values]
    return sorted({one.get(timeout=20).partition for one in sent})

def consume(number):
    consumer = KafkaConsumer(
        "events", bootstrap_servers=servers, group_id="readers", auto_offset_reset="earliest", enable_auto_commit=False,
        session_timeout_ms=6000, heartbeat_interval_ms=2000, consumer_timeout_ms=60_000)
    read = [message.value.decode() for _, message in zip(range(number), consumer)]
    consumer.commit()
    consumer.close()
    return sorted(read)

def address():
    host, _, port = servers.rpartition(":")
    return f"{socket.gethostbyname(host)}:{port}"
"""


def said(case: Case, lab: LabSpec, script: str, *told: str) -> Any:
    """The value of the script's last line, an expression, where a learner's command runs."""
    *first, last = script.split("; ")
    whole = "\n".join([LEARNER, *first, f"print(json.dumps({last}))"])
    ran = case.provider.run(lab, ["python", "-c", whole, *told], timeout=90)
    assert ran.exit == 0, ran
    return json.loads(ran.stdout)


@pytest.mark.parametrize("shared", [pytest.param(ProcessCase, id="process"), DOCKER, KUBERNETES], indirect=True)
def test_a_group_reads_what_the_workspace_wrote_until_a_stop_takes_it(case: Case) -> None:
    lab, numbers = case.order(components=("workspace", "kafka")), [f"{number:03}" for number in range(100)]
    kafka = until_ready(case.provider, lab).component("kafka")
    assert kafka and kafka.address is None, "the judge asks by HTTP alone, and has no way to a broker"

    begun = said(case, lab, "make_topic(); [produce(told), consume(100), topics(), address()]", *numbers)
    assert begun[:3] == [[0, 1], numbers, ["events"]]
    assert said(case, lab, "produce(told); consume(1)", "late") == ["late"], "the group goes on where it was"

    other = case.order(2, components=("kafka",))
    until_ready(case.provider, other)
    assert gets_through(case, other, REACH, begun[3]) != promised(case, "network")

    case.provider.stop(lab)
    until_ready(case.again(), lab)
    anew = said(case, lab, "before = topics(); make_topic(); produce(told); [before, consume(1)]", "new")
    assert anew == [[], ["new"]], "the broker keeps nothing on disk, as its summary says"

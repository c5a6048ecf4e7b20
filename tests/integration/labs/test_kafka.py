"""Kafka in a lab, from its workspace: what every provider gives, and what a stop takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.spec import LabSpec
from tests.integration.labs.conftest import DOCKER, KUBERNETES, Case, ProcessCase
from tests.integration.labs.waiting import until_ready

#: In each, `servers` is what the lab says and `told` what the test says; each prints one JSON value.
BEGIN = """
import json, os, sys
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
servers, told = os.environ["KAFKA_BOOTSTRAP_SERVERS"], sys.argv[1:]
"""
MAKE_TOPIC = """
admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic(told[0], num_partitions=2, replication_factor=1)])
"""
TOPICS = """
print(json.dumps(sorted(KafkaAdminClient(bootstrap_servers=servers).list_topics())))
"""
PRODUCE = """
producer = KafkaProducer(bootstrap_servers=servers, acks="all")
sent = [producer.send(told[0], key=one.encode(), value=one.encode()) for one in told[1:]]
print(json.dumps(sorted({one.get(timeout=20).partition for one in sent})))
"""
CONSUME = """
consumer = KafkaConsumer(
    told[0], bootstrap_servers=servers, group_id="readers", auto_offset_reset="earliest", enable_auto_commit=False,
    session_timeout_ms=6000, heartbeat_interval_ms=2000, consumer_timeout_ms=60_000)
read = []
for message in consumer:
    read.append(message.value.decode())
    if len(read) >= int(told[1]):
        break
consumer.commit()
consumer.close()
print(json.dumps(sorted(read)))
"""


def said(case: Case, lab: LabSpec, script: str, *arguments: str) -> Any:
    """What a script printed that ran as a learner's command does; none when nothing."""
    ran = case.provider.run(lab, ["python", "-c", BEGIN + script, *arguments], timeout=90)
    assert ran.exit == 0, ran
    return json.loads(ran.stdout or "null")


@pytest.mark.parametrize("case", [pytest.param(ProcessCase, id="process"), DOCKER, KUBERNETES], indirect=True)
def test_a_group_reads_what_the_workspace_wrote_until_a_stop_takes_it(case: Case) -> None:
    lab, numbers = case.order(components=("workspace", "kafka")), [f"{number:03}" for number in range(100)]
    ready = until_ready(case.provider, lab)
    kafka = ready.component("kafka")
    assert kafka and kafka.address is None, "the judge asks by HTTP alone, and has no way to a broker"

    said(case, lab, MAKE_TOPIC, "events")
    assert said(case, lab, PRODUCE, "events", *numbers) == [0, 1]
    assert said(case, lab, CONSUME, "events", "100") == numbers
    said(case, lab, PRODUCE, "events", "late")
    assert said(case, lab, CONSUME, "events", "1") == ["late"], "the group goes on where it was"

    case.provider.stop(lab)
    until_ready(case.again(), lab)
    assert said(case, lab, TOPICS) == [], "the broker keeps nothing on disk, as its summary says"
    said(case, lab, MAKE_TOPIC, "events")
    said(case, lab, PRODUCE, "events", "new")
    assert said(case, lab, CONSUME, "events", "1") == ["new"]

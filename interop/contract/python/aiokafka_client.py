"""`aiokafka`, on an event loop of its own thread. See `../README.md`."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from contract import PATIENCE, Member, Members, Refused, decoded, headers_of, record, serve

LOOP = asyncio.new_event_loop()


def settings(at: dict) -> dict:
    found = {"bootstrap_servers": at["endpoint"]}
    if "user" in at:
        found |= {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": at["mechanism"],
            "sasl_plain_username": at["user"],
            "sasl_plain_password": at["password"],
        }
    return found


def finished(work: Coroutine) -> Any:
    try:
        return asyncio.run_coroutine_threadsafe(work, LOOP).result(2 * PATIENCE)
    except KafkaError as refused:
        raise Refused(refused.errno, refused) from refused


def consumer(at: dict, group: str | None, **more: object) -> AIOKafkaConsumer:
    reading = {"group_id": group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    return AIOKafkaConsumer(**settings(at), **reading, **more)


async def polled(reader: AIOKafkaConsumer, milliseconds: int, most: int = 100) -> list[dict]:
    batches = await reader.getmany(timeout_ms=milliseconds, max_records=most)
    return [
        record(one.partition, one.offset, one.key, one.value, one.headers)
        for batch in batches.values()
        for one in batch
    ]


async def taken(reader: AIOKafkaConsumer, count: int) -> list[dict]:
    records: list[dict] = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count:
        assert time.monotonic() < deadline, f"got {len(records)} of {count} records"
        records += await polled(reader, 200, count - len(records))
    return records


def positions(topic: str, records: list[dict]) -> dict[TopicPartition, int]:
    return {TopicPartition(topic, one["partition"]): one["offset"] + 1 for one in records}


async def sent(producer: AIOKafkaProducer, topic: str, records: list[dict]) -> list[int]:
    futures = [
        await producer.send(
            topic,
            key=decoded(one["key"]),
            value=decoded(one["value"]),
            headers=headers_of(one),
            partition=one["partition"],
        )
        for one in records
    ]
    return [(await future).offset for future in futures]


class Client:
    def __init__(self) -> None:
        self.members = Members()
        self.seen, self.leave = self.members.seen, self.members.leave

    def hello(self) -> dict:
        return {"version": aiokafka.__version__}

    def produce(self, at: dict, topic: str, codec: str, records: list[dict]) -> dict:
        async def work() -> list[int]:
            compression = None if codec == "none" else codec
            async with AIOKafkaProducer(**settings(at), acks="all", compression_type=compression) as producer:
                return await sent(producer, topic, records)

        return {"offsets": finished(work())}

    def read(self, at: dict, topic: str, partition: int, offset: int, count: int, committed: bool) -> dict:
        async def work() -> list[dict]:
            isolation = "read_committed" if committed else "read_uncommitted"
            async with consumer(at, None, isolation_level=isolation) as reader:
                reader.assign([TopicPartition(topic, partition)])
                reader.seek(TopicPartition(topic, partition), offset)
                return await taken(reader, count)

        return {"records": finished(work())}

    def consume(self, at: dict, topic: str, group: str, count: int) -> dict:
        async def work() -> list[dict]:
            member = consumer(at, group)
            member.subscribe([topic])
            async with member:
                records = await taken(member, count)
                await member.commit(positions(topic, records))
                return records

        return {"records": finished(work())}

    def join(self, at: dict, member: str, topic: str, group: str, newer: bool) -> None:
        assert not newer

        async def work(noting: Member) -> None:
            joined = consumer(at, group, heartbeat_interval_ms=500)
            joined.subscribe([topic])
            async with joined:
                while not noting.stopping.is_set():
                    records = await polled(joined, 100)
                    noting.assigned = [one.partition for one in joined.assignment()]
                    noting.records += [(one["partition"], one["offset"]) for one in records]
                    if records:
                        await joined.commit(positions(topic, records))

        def run(noting: Member) -> None:
            asyncio.run_coroutine_threadsafe(work(noting), LOOP).result()

        self.members[member] = Member(run)

    def copy(self, at: dict, to: str, group: str, id: str, count: int, commit: bool, **source: str) -> None:
        topic = source["from"]

        async def work() -> None:
            reader = consumer(at, group, isolation_level="read_committed")
            reader.subscribe([topic])
            async with reader, AIOKafkaProducer(**settings(at), transactional_id=id) as producer:
                records = await taken(reader, count)
                await producer.begin_transaction()
                await sent(producer, to, records)
                await producer.send_offsets_to_transaction(positions(topic, records), group)
                await (producer.commit_transaction() if commit else producer.abort_transaction())

        finished(work())

    def create(self, at: dict, topic: str, partitions: int, settings: dict) -> None:
        answer = administer(at, "create_topics", [NewTopic(topic, partitions, 1, topic_configs=settings)])
        told(answer.topic_errors)

    def describe(self, at: dict, topic: str) -> dict:
        (found,) = administer(at, "describe_topics", [topic])
        (answer,) = administer(at, "describe_configs", [ConfigResource(ConfigResourceType.TOPIC, topic)])
        entries = answer.resources[0][4]
        return {
            "partitions": len(found["partitions"]),
            "settings": {entry[0]: entry[1] for entry in entries},
        }

    def alter(self, at: dict, topic: str, settings: dict) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)
        for answer in administer(at, "alter_configs", [resource]):
            told([(topic, code, text) for code, text, *_ in answer.resources])

    def grow(self, at: dict, topic: str, partitions: int) -> None:
        told(administer(at, "create_partitions", {topic: NewPartitions(partitions)}).topic_errors)

    def delete(self, at: dict, topic: str) -> None:
        told(administer(at, "delete_topics", [topic]).topic_error_codes)

    def groups(self, at: dict) -> dict:
        return {"groups": [name for name, *_ in administer(at, "list_consumer_groups")]}

    def group(self, at: dict, group: str) -> dict:
        (answer,) = administer(at, "describe_consumer_groups", [group])
        _, _, state, _, _, members, *_ = answer.groups[0]
        return {"state": state, "members": len(members)}

    def committed(self, at: dict, group: str, topic: str) -> dict:
        found = administer(at, "list_consumer_group_offsets", group)
        return {"offsets": {one.partition: value.offset for one, value in found.items() if one.topic == topic}}


def administer(at: dict, name: str, *words: Any) -> Any:
    async def work() -> Any:
        admin = AIOKafkaAdminClient(**settings(at))
        await admin.start()
        try:
            return await getattr(admin, name)(*words)
        finally:
            await admin.close()

    return finished(work())


def told(errors: list[tuple]) -> None:
    """This library's administrator hands errors out as they came."""
    for _, code, *text in errors:
        if code:
            raise Refused(code, [for_code(code).__name__, *text])


if __name__ == "__main__":
    threading.Thread(target=LOOP.run_forever, daemon=True).start()
    serve(Client())

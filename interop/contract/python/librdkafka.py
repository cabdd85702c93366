"""librdkafka, through `confluent-kafka`. See `../README.md`."""

import time

import confluent_kafka
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from contract import PATIENCE, Member, Members, Refused, decoded, headers_of, record, serve
from librdkafka_attempts import attempt


def settings(at: dict) -> dict:
    found = {"bootstrap.servers": at["endpoint"]}
    if "authority" in at:
        found |= {"security.protocol": "SSL", "ssl.ca.location": at["authority"]}
    if "user" in at:
        found |= {
            "security.protocol": "SASL_SSL" if "authority" in at else "SASL_PLAINTEXT",
            "sasl.mechanism": at["mechanism"],
            "sasl.username": at["user"],
            "sasl.password": at["password"],
        }
    return found


def consumer(at: dict, group: str, **more: object) -> Consumer:
    reading = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    return Consumer(settings(at) | reading | {name.replace("_", "."): value for name, value in more.items()})


def taken(reader: Consumer, count: int) -> list[dict]:
    records = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count:
        assert time.monotonic() < deadline, f"got {len(records)} of {count} records"
        for message in reader.consume(count - len(records), 0.2):
            if message.error():
                raise KafkaException(message.error())
            about = (message.partition(), message.offset(), message.key(), message.value(), message.headers())
            records.append(record(*about))
    return records


def positions(topic: str, records: list[dict]) -> list[TopicPartition]:
    ends = {one["partition"]: one["offset"] + 1 for one in records}
    return [TopicPartition(topic, partition, offset) for partition, offset in ends.items()]


def done(future):
    try:
        return future.result(PATIENCE)
    except KafkaException as refused:
        raise Refused(refused.args[0].code(), refused) from refused


class Client:
    def __init__(self) -> None:
        self.members = Members()
        self.seen, self.leave = self.members.seen, self.members.leave

    def hello(self) -> dict:
        return {"version": f"{confluent_kafka.__version__}, librdkafka {confluent_kafka.libversion()[0]}"}

    def produce(self, at: dict, topic: str, codec: str, records: list[dict]) -> dict:
        producer = Producer(settings(at) | {"acks": "all", "compression.type": codec, "linger.ms": 5})
        offsets: list[int] = [-1] * len(records)
        failed: list = []
        for index, one in enumerate(records):

            def on_delivery(error, message, index=index):
                if error:
                    failed.append(error)
                else:
                    offsets[index] = message.offset()

            content = {"key": decoded(one["key"]), "value": decoded(one["value"]), "headers": headers_of(one)}
            producer.produce(topic, partition=one["partition"], on_delivery=on_delivery, **content)
        producer.flush(PATIENCE)
        if failed:
            raise Refused(failed[0].code(), failed[0])
        return {"offsets": offsets}

    def read(self, at: dict, topic: str, partition: int, offset: int, count: int, committed: bool) -> dict:
        isolation = "read_committed" if committed else "read_uncommitted"
        reader = consumer(at, "unused", isolation_level=isolation)
        try:
            reader.assign([TopicPartition(topic, partition, offset)])
            return {"records": taken(reader, count)}
        finally:
            reader.close()

    def consume(self, at: dict, topic: str, group: str, count: int) -> dict:
        member = consumer(at, group)
        try:
            member.subscribe([topic])
            records = taken(member, count)
            member.commit(offsets=positions(topic, records), asynchronous=False)
            return {"records": records}
        finally:
            member.close()

    def join(self, at: dict, member: str, topic: str, group: str, newer: bool) -> None:
        joined = consumer(at, group, group_protocol="consumer" if newer else "classic")

        def run(noting: Member) -> None:
            joined.subscribe([topic])
            while not noting.stopping.is_set():
                messages = joined.consume(100, 0.1)
                noting.assigned = [one.partition for one in joined.assignment()]
                noting.records += [(one.partition(), one.offset()) for one in messages if not one.error()]
                if messages:
                    joined.commit(asynchronous=False)
            joined.close()

        self.members[member] = Member(run)

    def copy(self, at: dict, to: str, group: str, id: str, count: int, commit: bool, **source: str) -> None:
        topic = source["from"]
        reader = consumer(at, group, isolation_level="read_committed")
        producer = Producer(settings(at) | {"transactional.id": id})
        try:
            reader.subscribe([topic])
            records = taken(reader, count)
            producer.init_transactions(PATIENCE)
            producer.begin_transaction()
            for one in records:
                content = {"key": decoded(one["key"]), "value": decoded(one["value"]), "headers": headers_of(one)}
                producer.produce(to, partition=one["partition"], **content)
            member = reader.consumer_group_metadata()
            producer.send_offsets_to_transaction(positions(topic, records), member, PATIENCE)
            if commit:
                producer.commit_transaction(PATIENCE)
            else:
                producer.flush(PATIENCE)
                producer.abort_transaction(PATIENCE)
        finally:
            reader.close()

    def attempt(self, at: dict, **about: object) -> None:
        attempt(settings(at), **about)

    def create(self, at: dict, topic: str, partitions: int, settings: dict) -> None:
        done(admin(at).create_topics([NewTopic(topic, partitions, 1, config=settings)])[topic])

    def describe(self, at: dict, topic: str) -> dict:
        resource = ConfigResource(ResourceType.TOPIC, topic)
        entries = done(admin(at).describe_configs([resource])[resource])
        partitions = admin(at).list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        return {
            "partitions": len(partitions),
            "settings": {name: entry.value for name, entry in entries.items()},
        }

    def alter(self, at: dict, topic: str, settings: dict) -> None:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        done(admin(at).incremental_alter_configs([resource])[resource])

    def grow(self, at: dict, topic: str, partitions: int) -> None:
        done(admin(at).create_partitions([NewPartitions(topic, partitions)])[topic])

    def delete(self, at: dict, topic: str) -> None:
        done(admin(at).delete_topics([topic])[topic])

    def groups(self, at: dict) -> dict:
        return {"groups": [one.group_id for one in done(admin(at).list_consumer_groups()).valid]}

    def group(self, at: dict, group: str) -> dict:
        found = done(admin(at).describe_consumer_groups([group])[group])
        return {"state": found.state.name.capitalize(), "members": len(found.members)}

    def committed(self, at: dict, group: str, topic: str) -> dict:
        asked = admin(at).list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        found = done(asked[group]).topic_partitions
        return {"offsets": {one.partition: one.offset for one in found if one.topic == topic}}


ADMINISTRATORS: dict[str, AdminClient] = {}


def admin(at: dict) -> AdminClient:
    """One for each place: what is asked is forgotten with the client that asked."""
    if str(at) not in ADMINISTRATORS:
        ADMINISTRATORS[str(at)] = AdminClient(settings(at))
    return ADMINISTRATORS[str(at)]


if __name__ == "__main__":
    serve(Client())

"""`kafka-python`: the current line, and the older one as `kafka-python-ng` keeps it. See `../README.md`."""

import time

import kafka
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from contract import PATIENCE, Member, Members, Refused, decoded, headers_of, record, serve
from kafka_python_attempts import attempt

OLDER = int(kafka.__version__.split(".")[0]) < 3


def settings(at: dict) -> dict:
    found = {"bootstrap_servers": at["endpoint"]}
    if "authority" in at:
        found |= {"security_protocol": "SSL", "ssl_cafile": at["authority"]}
    if "user" in at:
        found |= {
            "security_protocol": "SASL_SSL" if "authority" in at else "SASL_PLAINTEXT",
            "sasl_mechanism": at["mechanism"],
            "sasl_plain_username": at["user"],
            "sasl_plain_password": at["password"],
        }
    return found


def consumer(at: dict, group: str, **more: object) -> KafkaConsumer:
    reading = {"group_id": group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    return KafkaConsumer(**settings(at), **reading, **more)


def polled(reader: KafkaConsumer, milliseconds: int, most: int = 100) -> list[dict]:
    return [
        record(one.partition, one.offset, one.key, one.value, one.headers)
        for batch in reader.poll(timeout_ms=milliseconds, max_records=most).values()
        for one in batch
    ]


def taken(reader: KafkaConsumer, count: int) -> list[dict]:
    records: list[dict] = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count:
        assert time.monotonic() < deadline, f"got {len(records)} of {count} records"
        records += polled(reader, 200, count - len(records))
    return records


def positions(topic: str, records: list[dict]) -> dict[TopicPartition, OffsetAndMetadata]:
    rest = ("",) if len(OffsetAndMetadata._fields) == 2 else ("", -1)
    return {
        TopicPartition(topic, one["partition"]): OffsetAndMetadata(one["offset"] + 1, *rest) for one in records
    }


def done(ask, *words, **named):
    """Calls the administrator. The older line tells some errors as a member of the answer."""
    try:
        answer = ask(*words, **named)
    except KafkaError as refused:
        raise Refused(getattr(refused, "errno", None), refused) from refused
    for member in ("topic_errors", "topic_error_codes"):
        for _, code, *rest in getattr(answer, member, []):
            if code:
                raise Refused(code, rest)
    return answer


class Revoked(ConsumerRebalanceListener):
    """Nothing is left uncommitted between polls, so that there is nothing to do."""

    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        pass


class Client:
    def __init__(self) -> None:
        self.members = Members()
        self.seen, self.leave = self.members.seen, self.members.leave

    def hello(self) -> dict:
        return {"version": kafka.__version__}

    def produce(self, at: dict, topic: str, codec: str, records: list[dict]) -> dict:
        producer = KafkaProducer(
            **settings(at), acks="all", compression_type=None if codec == "none" else codec, linger_ms=5
        )
        try:
            return {"offsets": [one.get(PATIENCE).offset for one in sent(producer, topic, records)]}
        except KafkaError as refused:
            raise Refused(getattr(refused, "errno", None), refused) from refused
        finally:
            producer.close(PATIENCE)

    def read(self, at: dict, topic: str, partition: int, offset: int, count: int, committed: bool) -> dict:
        isolation = {"isolation_level": "read_committed"} if committed else {}
        reader = KafkaConsumer(**settings(at), **isolation)
        try:
            reader.assign([TopicPartition(topic, partition)])
            reader.seek(TopicPartition(topic, partition), offset)
            return {"records": taken(reader, count)}
        finally:
            reader.close()

    def consume(self, at: dict, topic: str, group: str, count: int) -> dict:
        member = consumer(at, group)
        try:
            member.subscribe([topic])
            records = taken(member, count)
            member.commit(positions(topic, records))
            return {"records": records}
        finally:
            member.close(autocommit=False)

    def join(self, at: dict, member: str, topic: str, group: str, newer: bool) -> None:
        assert not newer
        joined = consumer(at, group, heartbeat_interval_ms=500)

        def run(noting: Member) -> None:
            joined.subscribe([topic], listener=Revoked())
            while not noting.stopping.is_set():
                records = polled(joined, 100)
                noting.assigned = [one.partition for one in joined.assignment()]
                noting.records += [(one["partition"], one["offset"]) for one in records]
                if records:
                    joined.commit(positions(topic, records))
            joined.close(autocommit=False)

        self.members[member] = Member(run)

    def copy(self, at: dict, to: str, group: str, id: str, count: int, commit: bool, **source: str) -> None:
        topic = source["from"]
        reader = consumer(at, group, isolation_level="read_committed")
        producer = KafkaProducer(**settings(at), transactional_id=id)
        try:
            reader.subscribe([topic])
            records = taken(reader, count)
            producer.init_transactions()
            producer.begin_transaction()
            sent(producer, to, records)
            producer.send_offsets_to_transaction(positions(topic, records), reader.group_metadata())
            if commit:
                producer.commit_transaction()
            else:
                producer.flush(PATIENCE)
                producer.abort_transaction()
        finally:
            producer.close(PATIENCE)
            reader.close(autocommit=False)

    def attempt(self, at: dict, **about: object) -> None:
        attempt(settings(at), **about)

    def create(self, at: dict, topic: str, partitions: int, settings: dict) -> None:
        done(admin(at).create_topics, [NewTopic(topic, partitions, 1, topic_configs=settings)])

    def describe(self, at: dict, topic: str) -> dict:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        (found,) = done(admin(at).describe_topics, [topic])
        if OLDER:
            (answer,) = done(admin(at).describe_configs, [resource])
            entries = {entry[0]: entry[1] for entry in answer.resources[0][4]}
        else:
            entries = settings_of(done(admin(at).describe_configs, [resource], config_filter="all"), topic)
        return {"partitions": len(found["partitions"]), "settings": entries}

    def alter(self, at: dict, topic: str, settings: dict) -> None:
        done(admin(at).alter_configs, [ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])

    def grow(self, at: dict, topic: str, partitions: int) -> None:
        done(admin(at).create_partitions, {topic: NewPartitions(partitions)})

    def delete(self, at: dict, topic: str) -> None:
        done(admin(at).delete_topics, [topic])

    def groups(self, at: dict) -> dict:
        if OLDER:
            return {"groups": [name for name, _ in done(admin(at).list_consumer_groups)]}
        return {"groups": [one["group_id"] for one in done(admin(at).list_groups)]}

    def group(self, at: dict, group: str) -> dict:
        if OLDER:
            (found,) = done(admin(at).describe_consumer_groups, [group])
            return {"state": found.state, "members": len(found.members)}
        found = done(admin(at).describe_groups, [group])[group]
        return {"state": found["group_state"], "members": len(found["members"])}

    def committed(self, at: dict, group: str, topic: str) -> dict:
        if OLDER:
            found = done(admin(at).list_consumer_group_offsets, group)
        else:
            found = done(admin(at).list_group_offsets, {group: None})[group]
        return {"offsets": {one.partition: value.offset for one, value in found.items() if one.topic == topic}}


def sent(producer: KafkaProducer, topic: str, records: list[dict]) -> list:
    return [
        producer.send(
            topic,
            key=decoded(one["key"]),
            value=decoded(one["value"]),
            headers=headers_of(one),
            partition=one["partition"],
        )
        for one in records
    ]


def settings_of(described: dict, topic: str) -> dict[str, str]:
    """The current line's answer is by kind of resource, then by name."""
    entries = next(iter(described.values()))[topic]
    return {name: entry["value"] for name, entry in entries.items()}


def admin(at: dict) -> KafkaAdminClient:
    return KafkaAdminClient(**settings(at))


if __name__ == "__main__":
    serve(Client())

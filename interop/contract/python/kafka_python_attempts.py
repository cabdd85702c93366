"""What `attempt` does through `kafka-python`: one thing, until it is done or refused for want of a right or a login."""

import time
from contextlib import closing

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from contract import Refused

TOPIC, GROUP = 29, 30


class Attempt:
    """One client of its own, which is asked until `patience` ends."""

    def __init__(self, settings: dict, topic: str, group: str, id: str, patience: float):
        bound = int(patience * 1000)
        self.settings = settings | {"bootstrap_timeout_ms": bound}
        self.topic, self.group, self.id, self.bound = topic, group, id, bound

    def produce(self) -> None:
        with closing(self.producer(enable_idempotence=False)) as producer:
            producer.send(self.topic, b"x").get(self.bound / 1000)

    def producer(self, **more: object) -> KafkaProducer:
        return KafkaProducer(**self.settings, max_block_ms=self.bound, **more)

    def consume(self) -> None:
        with closing(self.consumer()) as reader:
            partition = TopicPartition(self.topic, 0)
            reader.assign([partition])
            # Who may not even see the topic is told here, and would hear nothing of it from what follows.
            reader.seek(partition, reader.beginning_offsets([partition])[partition])
            self.received(reader, TOPIC, commit=False)

    def join(self) -> None:
        with closing(self.consumer()) as reader:
            reader.subscribe([self.topic])
            self.received(reader, GROUP, commit=True)

    def consumer(self) -> KafkaConsumer:
        reading = {"group_id": self.group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
        return KafkaConsumer(**self.settings, **reading)

    def received(self, reader: KafkaConsumer, refusal: int, commit: bool) -> None:
        """Records, or this refusal; that of something else is for another attempt."""
        deadline = time.monotonic() + self.bound / 1000
        while time.monotonic() < deadline:
            try:
                for partition, records in reader.poll(timeout_ms=100).items():
                    if commit:
                        reader.commit({partition: OffsetAndMetadata(records[-1].offset + 1, "", -1)})
                    return
            except KafkaError as refused:
                if getattr(refused, "errno", None) in (refusal, 58):
                    raise
        raise KafkaTimeoutError("nothing came of it in time")

    def transact(self) -> None:
        with closing(self.producer(transactional_id=self.id)) as producer:
            producer.init_transactions()
            producer.begin_transaction()
            producer.send(self.topic, b"x")
            producer.commit_transaction()

    def administer(self) -> None:
        with closing(KafkaAdminClient(**self.settings, request_timeout_ms=self.bound)) as admin:
            topic = ConfigResource(ConfigResourceType.TOPIC, self.topic)
            shown = admin.describe_configs([topic], config_filter="all")
        if not shown["topic"][self.topic]:
            # A topic has settings. The library leaves out the code that came in their place.
            raise Refused(TOPIC, "no settings are shown")


def attempt(settings: dict, what: str, **about: object) -> None:
    try:
        getattr(Attempt(settings, **about), what)()
    except (KafkaConnectionError, KafkaTimeoutError) as silence:
        raise Refused(None, silence) from silence
    except KafkaError as refused:
        raise Refused(getattr(refused, "errno", None), refused) from refused

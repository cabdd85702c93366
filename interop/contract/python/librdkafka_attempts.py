"""What `attempt` does through librdkafka: one thing, until it is done or refused for want of a right or a login."""

import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from contract import Refused

# Kafka's codes; the library has words of its own for a refused login and for being hung up on.
TOPIC, GROUP, TRANSACTIONAL_ID, LOGIN = 29, 30, 53, 58
HUNG_UP = {KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT}


class Attempt:
    """One client of its own, which is asked until `patience` ends."""

    def __init__(self, settings: dict, topic: str, group: str, id: str, patience: float):
        self.settings = settings | {"error_cb": self.note}
        self.topic, self.group, self.id = topic, group, id
        self.deadline = time.monotonic() + patience
        self.refusal: Refused | None = None

    def note(self, error: KafkaError) -> None:
        """What the library tells beside its answers: the login comes before what follows from it."""
        if error.code() == KafkaError._AUTHENTICATION:
            self.refusal = Refused(LOGIN, error)
        elif error.code() in HUNG_UP and not self.refusal:
            self.refusal = Refused(None, error)

    def until(self, step: Callable[[], object]) -> None:
        """Repeats a step that waits a little, until it gives something."""
        while not step():
            if self.refusal:
                raise self.refusal
            if time.monotonic() > self.deadline:
                raise Refused(None, "nothing came of it in time")

    def produce(self) -> None:
        producer = Producer(self.settings | {"acks": "all", "linger.ms": 0})
        told: list[KafkaError | None] = []
        producer.produce(self.topic, b"x", on_delivery=lambda error, _: told.append(error))
        try:
            self.until(lambda: producer.poll(0.05) and told)
            if told[0]:
                raise Refused(told[0].code(), told[0])
        finally:
            producer.purge()

    def consume(self) -> None:
        reader = self.consumer()
        reader.assign([TopicPartition(self.topic, 0, 0)])
        self.received(reader, TOPIC, commit=False, ask=self.topic)

    def join(self) -> None:
        reader = self.consumer()
        reader.subscribe([self.topic])
        self.received(reader, GROUP, commit=True)

    def consumer(self) -> Consumer:
        reading = {"group.id": self.group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
        return Consumer(self.settings | reading)

    def received(self, reader: Consumer, refusal: int, commit: bool, ask: str | None = None) -> None:
        """A record, or this refusal; that of something else is for another attempt. Who may not even see a topic has to
        `ask` for it: a consumer that is told what to read says nothing of that."""

        def step() -> bool:
            message = reader.poll(0.05)
            if message is None:
                return bool(ask) and self.shown(reader, ask)
            if not message.error():
                if commit:
                    reader.commit(message, asynchronous=False)
                return True
            if message.error().code() == refusal:
                raise Refused(refusal, message.error())
            return False

        try:
            self.until(step)
        finally:
            reader.close()

    def shown(self, reader: Consumer, topic: str) -> bool:
        """Fails when the topic may not be seen; otherwise there is more to wait for."""
        try:
            error = reader.list_topics(topic, timeout=0.5).topics[topic].error
        except KafkaException:
            # What is wrong with the connection is told elsewhere.
            return False
        if error:
            raise Refused(error.code(), error)
        return False

    def transact(self) -> None:
        producer = Producer(self.settings | {"transactional.id": self.id, "linger.ms": 0})

        def begun() -> bool:
            try:
                producer.init_transactions(0.5)
            except KafkaException as refused:
                producer.poll(0)
                if refused.args[0].retriable():
                    return False
                raise
            return True

        self.until(begun)
        producer.begin_transaction()
        producer.produce(self.topic, b"x")
        producer.commit_transaction(20)

    def administer(self) -> None:
        admin = AdminClient(self.settings)
        resource = ConfigResource(ResourceType.TOPIC, self.topic)
        asked = admin.describe_configs([resource], request_timeout=20)[resource]
        self.until(lambda: admin.poll(0.05) is not None and asked.done())
        asked.result()


def attempt(settings: dict, what: str, **about: object) -> None:
    try:
        getattr(Attempt(settings, **about), what)()
    except KafkaException as refused:
        raise Refused(refused.args[0].code(), refused) from refused

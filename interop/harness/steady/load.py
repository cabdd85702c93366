"""A topic under load: its producers, its groups, and a reader that compares what they say with the log."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition

from harness.kafka import login
from harness.sockets import open_ends
from harness.steady.history import Entry, Log, faults, numbered
from harness.steady.members import Group
from harness.steady.sender import Sender
from harness.waiting import wait_until

PATIENCE = 30
# So many more records of each producer are news.
NEWS = 50


class Load:
    def __init__(self, endpoint: str, topic: str, senders: list[Sender], groups: list[Group]):
        self.endpoint, self.topic, self.senders, self.groups = endpoint, topic, senders, groups
        # Those that send when they are told to.
        self.others: list[Sender] = []
        self._logs: dict[int, Log] = {}

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def acknowledged(self) -> list[Entry]:
        return [entry for sender in [*self.senders, *self.others] for entry in sender.acknowledged()]

    def goes_on(self, partitions: Iterable[int] = ()) -> None:
        """Waits until each producer has had more acknowledged, in each of these partitions if any are named, and each
        group was given it."""
        wanted = set(partitions)
        before = {sender: len(sender.acknowledged()) for sender in self.senders}
        last: dict[int, int] = {}

        def is_further(sender: Sender) -> bool:
            news = sender.acknowledged()[before[sender] :]
            last.update((partition, offset) for partition, _, _, offset in news)
            return len(news) >= NEWS and {entry[0] for entry in news} >= wanted

        for sender in self.senders:
            wait_until("a producer goes on", lambda sender=sender: is_further(sender), PATIENCE)
        for group in self.groups:
            group.assert_running()

            def is_given(group=group) -> bool:
                furthest = group.furthest()
                return all(furthest[partition] >= offset for partition, offset in last.items())

            wait_until("a group goes on", is_given, PATIENCE)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Around a change: everybody goes on, on the connections that they have."""
        self.goes_on()
        before = open_ends(self.port)
        yield
        self.goes_on()
        lost = before - open_ends(self.port)
        assert not lost, f"connections were closed: {lost}"

    def read_on(self) -> dict[int, Log]:
        """Reads what the log has gained, and where it begins and ends now."""
        settings = {"group.id": "witness", "enable.auto.commit": False, "auto.offset.reset": "error"}
        consumer = Consumer(login.librdkafka(self.endpoint) | settings)
        try:
            partitions = consumer.list_topics(self.topic, timeout=PATIENCE).topics[self.topic].partitions
            wanted: dict[int, int] = {}
            for partition in partitions:
                at = TopicPartition(self.topic, partition)
                start, end = consumer.get_watermark_offsets(at, timeout=PATIENCE)
                log = self._logs.setdefault(partition, Log(start, start))
                wanted[partition], log.start, log.end = max(log.end, start), start, end
            consumer.assign([TopicPartition(self.topic, *at) for at in wanted.items()])

            def is_read() -> bool:
                for message in consumer.consume(2000, timeout=0.2):
                    # The oldest may be deleted while it is read.
                    assert not message.error(), message.error()
                    offset, partition = message.offset(), message.partition()
                    _, *record, _ = numbered(partition, offset, message.value())
                    self._logs[partition].records[offset] = tuple(record)
                    wanted[partition] = offset + 1
                return all(wanted[partition] >= log.end for partition, log in self._logs.items())

            wait_until("the log is read", is_read, PATIENCE, every=0)
        finally:
            consumer.close()
        return self._logs

    def check(self) -> None:
        """Whatever was acknowledged so far is where it was said to be."""
        acknowledged = self.acknowledged()
        logs = self.read_on()
        # The log has records by now that their producer has not heard of.
        found = [fault for fault in faults(acknowledged, logs, []) if "nobody was acknowledged" not in fault]
        assert not found, found[:10]

    def conclude(self) -> tuple[list[Entry], dict[int, Log]]:
        """Stops all, and compares everything that was sent, kept and given. Returns what was acknowledged, and where."""
        acknowledged = [entry for sender in [*self.senders, *self.others] for entry in sender.stop()]
        logs = self.read_on()
        ends = {partition: log.end - 1 for partition, log in logs.items() if log.end > log.start}
        for group in self.groups:

            def is_at_end(group=group) -> bool:
                furthest = group.furthest()
                return all(furthest[partition] >= end for partition, end in ends.items())

            wait_until("a group has read to the end", is_at_end, PATIENCE)
            group.stop()
        found = faults(acknowledged, logs, [group.journals() for group in self.groups])
        assert not found, found[:10]
        return acknowledged, logs

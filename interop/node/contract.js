'use strict';

// kafkajs behind the commands of ../contract/README.md: a JSON line in, a JSON line out.

const readline = require('node:readline');
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = require('kafkajs');

const LZ4 = require('@2l/kafkajs-lz4');
const zstd = require('@mongodb-js/zstd');

// The library has gzip; the rest is plugged in. The plug-ins for zstd compile on the user's machine, so that its codec
// is put together here from a package that comes compiled.
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');
CompressionCodecs[CompressionTypes.LZ4] = new LZ4().codec;
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: ({ buffer }) => zstd.compress(buffer),
  decompress: (buffer) => zstd.decompress(buffer),
});
const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
const TOPIC_ALREADY_EXISTS = 36;
const PATIENCE_MILLISECONDS = 30_000;

const encoded = (data) => (data === null || data === undefined ? null : Buffer.from(data).toString('base64'));
const decoded = (text) => (text === null ? null : Buffer.from(text, 'base64'));
const members = new Map();

function kafka(at) {
  const sasl = at.user && { mechanism: at.mechanism.toLowerCase(), username: at.user, password: at.password };
  return new Kafka({ brokers: [at.endpoint], sasl, logLevel: logLevel.NOTHING });
}

// Headers of the same name are one entry with a list here.
function message({ partition, key, value, headers }) {
  const named = {};
  for (const [name, content] of headers) {
    const seen = named[name];
    named[name] = seen === undefined ? decoded(content) : [].concat(seen, [decoded(content)]);
  }
  return { partition, key: decoded(key), value: decoded(value), headers: named };
}

function line(partition, { offset, key, value, headers }) {
  const listed = Object.entries(headers).flatMap(([name, content]) =>
    [].concat(content).map((one) => [name, encoded(one)]),
  );
  return { partition, offset: Number(offset), key: encoded(key), value: encoded(value), headers: listed };
}

async function produce(at, topic, codec, records) {
  const producer = kafka(at).producer();
  await producer.connect();
  try {
    const stored = await producer.send({ topic, acks: -1, compression: CODECS[codec], messages: records.map(message) });
    const next = new Map(stored.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    return records.map(({ partition }) => {
      const offset = next.get(partition);
      next.set(partition, offset + 1);
      return offset;
    });
  } finally {
    await producer.disconnect();
  }
}

// Joins a group and takes `count` records, which `use` is given before the member leaves.
async function take(at, { topic, group, count, partition, offset, committed }, use = async () => {}) {
  const consumer = kafka(at).consumer({
    groupId: group,
    readUncommitted: !committed,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
  });
  const records = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise((resolve, reject) => {
      const late = () => reject(new Error(`got ${records.length} of ${count} records`));
      const timer = setTimeout(late, PATIENCE_MILLISECONDS);
      const eachMessage = async ({ partition: from, message: one }) => {
        if (records.length === count || (partition !== undefined && from !== partition)) return;
        if (offset !== undefined && Number(one.offset) < offset) return;
        records.push(line(from, one));
        if (records.length === count) {
          clearTimeout(timer);
          resolve();
        }
      };
      consumer.run({ autoCommit: false, eachMessage }).catch(reject);
      if (offset !== undefined) consumer.seek({ topic, partition, offset: String(offset) });
    });
    await use(consumer, records);
    return records;
  } finally {
    await consumer.disconnect();
  }
}

function positions(topic, records) {
  const next = new Map(records.map(({ partition, offset }) => [partition, String(offset + 1)]));
  return [...next].map(([partition, offset]) => ({ topic, partition, offset }));
}

async function join(at, { member, topic, group }) {
  const consumer = kafka(at).consumer({ groupId: group, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  const noted = { assigned: [], records: [], consumer };
  members.set(member, noted);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    noted.assigned = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const eachMessage = async ({ partition, message: { offset } }) => {
    noted.records.push([partition, Number(offset)]);
  };
  // Not awaited: it comes back once the group has been joined.
  consumer.run({ autoCommitThreshold: 1, eachMessage }).catch((error) => console.error(error));
}

async function copy(at, { from, to, group, id, count, commit }) {
  const producer = kafka(at).producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    await take(at, { topic: from, group, count, committed: true }, async (consumer, records) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: to, messages: records.map(message) });
      const partitions = positions(from, records).map(({ partition, offset }) => ({ partition, offset }));
      await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic: from, partitions }] });
      await (commit ? transaction.commit() : transaction.abort());
    });
  } finally {
    await producer.disconnect();
  }
}

async function administer(at, work) {
  const admin = kafka(at).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const entries = (settings) => Object.entries(settings).map(([name, value]) => ({ name, value }));
const nothing = () => ({});

const commands = {
  hello: async () => ({ version: require('kafkajs/package.json').version }),
  produce: async (at, { topic, codec, records }) => ({ offsets: await produce(at, topic, codec, records) }),
  // This library reads only as a member of a group.
  read: async (at, asked) => ({ records: await take(at, { ...asked, group: `reader-${Date.now()}-${Math.random()}` }) }),
  consume: async (at, asked) => ({
    records: await take(at, { ...asked, committed: true }, (consumer, records) =>
      consumer.commitOffsets(positions(asked.topic, records)),
    ),
  }),
  join: (at, asked) => join(at, asked).then(nothing),
  seen: async (_at, { member }) => {
    const { assigned, records } = members.get(member);
    return { assigned, records };
  },
  leave: async (_at, { member }) => {
    await members.get(member).consumer.disconnect();
    return {};
  },
  copy: (at, asked) => copy(at, asked).then(nothing),
  create: (at, { topic, partitions, settings }) =>
    administer(at, async (admin) => {
      const made = await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries: entries(settings) }],
      });
      // This library tells one error by its answer.
      if (!made) throw Object.assign(new Error('createTopics: false'), { code: TOPIC_ALREADY_EXISTS });
      return {};
    }),
  describe: (at, { topic }) =>
    administer(at, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const { resources } = await admin.describeConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] });
      const settings = resources[0].configEntries.map(({ configName, configValue }) => [configName, configValue]);
      return { partitions: topics[0].partitions.length, settings: Object.fromEntries(settings) };
    }),
  alter: (at, { topic, settings }) =>
    administer(at, (admin) =>
      admin.alterConfigs({
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: entries(settings) }],
      }),
    ).then(nothing),
  grow: (at, { topic, partitions }) =>
    administer(at, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })).then(nothing),
  delete: (at, { topic }) => administer(at, (admin) => admin.deleteTopics({ topics: [topic] })).then(nothing),
  groups: (at) =>
    administer(at, async (admin) => ({ groups: (await admin.listGroups()).groups.map(({ groupId }) => groupId) })),
  group: (at, { group }) =>
    administer(at, async (admin) => {
      const { groups } = await admin.describeGroups([group]);
      return { state: groups[0].state, members: groups[0].members.length };
    }),
  committed: (at, { group, topic }) =>
    administer(at, async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const known = found.partitions.filter(({ offset }) => Number(offset) >= 0);
      return { offsets: Object.fromEntries(known.map(({ partition, offset }) => [partition, Number(offset)])) };
    }),
};

async function main() {
  for await (const asked of readline.createInterface({ input: process.stdin })) {
    const { do: name, at, ...parameters } = JSON.parse(asked);
    let answer;
    try {
      answer = await commands[name](at, parameters);
    } catch (error) {
      const cause = error.errors?.[0] ?? error.cause ?? error;
      answer = { error: { code: cause.code ?? null, message: String(error) } };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

main();

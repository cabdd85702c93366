'use strict';

// One of Alibaba Cloud's Node clients behind a pipe: a JSON line {action, parameters} in, a JSON line
// {reply} or {error: {code, status, message}} out. The Python tests say what to call.

const readline = require('node:readline');
const Core = require('@alicloud/pop-core');
const alikafka = require('@alicloud/alikafka20190916');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

const clients = {
  'pop-core-get': (server) => popCore(server, 'GET'),
  'pop-core-post': (server) => popCore(server, 'POST'),
  alikafka20190916: currentSdk,
};

// Legacy RPC client: V1, untyped.
function popCore({ address, keyId, keySecret }, method) {
  const client = new Core({
    accessKeyId: keyId,
    accessKeySecret: keySecret,
    endpoint: `http://${address}`,
    apiVersion: '2019-09-16',
  });
  return async (action, parameters) => {
    try {
      return await client.request(action, withoutStructures(parameters), { method });
    } catch (error) {
      throw { code: error.code, status: error.entry?.response.statusCode, message: error.data?.Message ?? String(error) };
    }
  };
}

// This client takes lists apart and nothing else; the current SDK sends a structure as JSON.
function withoutStructures(parameters) {
  const isStructure = (value) => typeof value === 'object' && !Array.isArray(value);
  const flat = ([name, value]) => [name, isStructure(value) ? JSON.stringify(value) : value];
  return Object.fromEntries(Object.entries(parameters).map(flat));
}

// Current SDK: ACS3, typed requests and replies.
function currentSdk({ address, keyId, keySecret, region }) {
  const client = new alikafka.default(
    new $OpenApiUtil.Config({
      accessKeyId: keyId,
      accessKeySecret: keySecret,
      regionId: region,
      endpoint: address,
      protocol: 'HTTP',
    }),
  );
  return async (action, parameters) => {
    const Request = alikafka[`${action}Request`];
    const members = Object.entries(Request.names());
    const typed = (wire, value) => {
      if (typeof value !== 'object') return value;
      if (!Array.isArray(value)) return member(action, wire, value);
      return value.map((item) => (typeof item === 'object' ? member(action, wire, item) : item));
    };
    const fields = members
      .filter(([, wire]) => wire in parameters)
      .map(([name, wire]) => [name, typed(wire, parameters[wire])]);
    const method = action[0].toLowerCase() + action.slice(1);
    try {
      const response = await client[method](new Request(Object.fromEntries(fields)));
      return response.body.toMap();
    } catch (error) {
      throw { code: error.code, status: error.statusCode, message: error.message ?? String(error) };
    }
  };
}

// A structure, or an item of a list of them, in the SDK's own type for it.
function member(action, wire, item) {
  const Item = alikafka[`${action}Request${wire}`];
  const fields = Object.entries(Item.names()).map(([name, inner]) => [name, item[inner]]);
  return new Item(Object.fromEntries(fields));
}

async function main() {
  const [name, address, keyId, region] = process.argv.slice(2);
  const call = clients[name]({ address, keyId, keySecret: process.env.ACCESS_KEY_SECRET, region });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { action, parameters } = JSON.parse(line);
    const answer = await call(action, parameters).then(
      (reply) => ({ reply }),
      (error) => ({ error }),
    );
    console.log(JSON.stringify(answer));
  }
}

main();

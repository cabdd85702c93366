//! Code to copy: how each client is pointed at this server. `weir env` and the quick start print them.

/// Where the snippets point.
pub(crate) struct Snippets<'a> {
    /// `host:port` of the API.
    pub(crate) endpoint: &'a str,
    /// The region they name.
    pub(crate) region: &'a str,
}

impl Snippets<'_> {
    pub(crate) fn python_sdk(&self) -> String {
        let Self { endpoint, region } = self;
        format!(
            r#"# pip install alibabacloud_alikafka20190916
import os
from alibabacloud_alikafka20190916.client import Client
from alibabacloud_alikafka20190916 import models
from alibabacloud_tea_openapi.models import Config

client = Client(Config(
    access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    endpoint="{endpoint}", protocol="HTTP", region_id="{region}"))
print(client.get_instance_list(models.GetInstanceListRequest(region_id="{region}")).body)
"#
        )
    }

    pub(crate) fn node_sdk(&self) -> String {
        let Self { endpoint, region } = self;
        format!(
            r"// npm install @alicloud/pop-core
const Core = require('@alicloud/pop-core');
const client = new Core({{
  accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  endpoint: 'http://{endpoint}', apiVersion: '2019-09-16',
}});
client.request('GetInstanceList', {{ RegionId: '{region}' }}, {{ method: 'POST' }}).then(console.log);
"
        )
    }

    pub(crate) fn aliyun_cli(&self) -> String {
        let Self { endpoint, region } = self;
        format!(
            "aliyun alikafka GetInstanceList --endpoint {endpoint} --insecure --region {region} --RegionId {region}\n"
        )
    }

    pub(crate) fn terraform(&self) -> String {
        let Self { endpoint, region } = self;
        format!(
            r#"provider "alicloud" {{
  region       = "{region}"
  protocol     = "HTTP"
  account_type = "Domestic"
  endpoints {{
    alikafka = "{endpoint}"
    location = "{endpoint}"
  }}
}}
"#
        )
    }

    pub(crate) fn kafka_python(bootstrap: &str, topic: &str) -> String {
        format!(
            r#"# pip install confluent-kafka
from confluent_kafka import Consumer, Producer
producer = Producer({{"bootstrap.servers": "{bootstrap}"}})
producer.produce("{topic}", b"hello"); producer.flush()
"#
        )
    }

    pub(crate) fn kafka_node(bootstrap: &str, topic: &str) -> String {
        format!(
            r"// npm install kafkajs
const {{ Kafka }} = require('kafkajs');
const producer = new Kafka({{ brokers: ['{bootstrap}'] }}).producer();
producer.connect().then(() => producer.send({{ topic: '{topic}', messages: [{{ value: 'hello' }}] }}));
"
        )
    }

    pub(crate) fn kcat(bootstrap: &str, topic: &str) -> String {
        format!("kcat -b {bootstrap} -t {topic} -C -o beginning -e -q | head\n")
    }
}

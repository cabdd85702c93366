//! Configuration files that nobody meant: refused with a reason, or taken as they stand, and never worse than that.

use fuzz_targets::mutate::mutation;
use kafka_wire::sample::Dice;

use super::*;

const MUTATIONS: u64 = 4_000;

const WHOLE: &str = r#"
data_dir = "data"
listen = "127.0.0.1:4680"
listen_tls = "[::1]:4681"
metrics_to_all = true
kafka_host = "127.0.0.1"
kafka_port_base = 9092
database_url = "sqlite://x"

[kafka]
connections_per_address = 2000
instance_disk_mib = 64

[tls]
certificate = "a.pem"
key = "b.pem"
names = ["weir.example"]

[aliyun]
regions = ["cn-x"]
rate_limits = false
zones = 3
auto_renew = false
list_shape = "document"
hide_passwords = true

[aliyun.rates]
GetTopicList = 5
"alikafka:CreateTopic" = "off"
"#;

fn load(bytes: &[u8]) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weir.toml");
    std::fs::write(&path, bytes).unwrap();
    Config::load(&Flags { config: Some(path), ..Flags::default() })
}

#[test]
fn any_file_is_taken_or_refused_with_a_reason() {
    let lines = WHOLE.lines().map(|line| format!("{line}\n").into_bytes());
    let seeds: Vec<Vec<u8>> =
        lines.chain([WHOLE.into(), WHOLE.replace("database_url", "#").into()]).collect();
    let (mut taken, mut refused) = (0, 0);
    for number in 0..MUTATIONS {
        match load(&mutation(&seeds, &mut Dice::new(number))) {
            Ok(_) => taken += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
}

/// A parser that called itself for each level would end the process.
#[test]
fn a_file_that_nests_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let file = format!("data_dir = {}{}", open.repeat(100_000), close.repeat(100_000));
        assert!(matches!(load(file.as_bytes()), Err(ConfigError::Invalid { .. })), "{open}");
    }
    let tables = "[a".to_owned() + &".a".repeat(100_000) + "]";
    assert!(matches!(load(tables.as_bytes()), Err(ConfigError::Invalid { .. })));
}

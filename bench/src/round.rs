//! GetTopicList of 100 topics, round by round beside its peers.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value as Json, json};

use crate::load::{self, Outcome};
use crate::peers::{Peer, hello_request, moto_request};
use crate::weir::Weir;
use crate::{Binary, Failure};

/// GetTopicList of 100 topics, beside a bare axum server and an emulator's comparable list.
#[derive(Debug, Args)]
pub(crate) struct Api {
    #[command(flatten)]
    binary: Binary,

    /// `moto_server` of the Python package moto[server]; without it that peer is left out
    #[arg(long, value_name = "FILE")]
    moto: Option<PathBuf>,

    /// Paired rounds
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Requests of a round to Weir and to the bare server; the emulator gets a fiftieth of them
    #[arg(long, default_value_t = 20_000)]
    requests: usize,

    /// Keep-alive connections
    #[arg(long, default_value_t = 8)]
    connections: usize,

    /// Write the figures to this file as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One server's rounds.
struct Rounds {
    name: &'static str,
    outcomes: Vec<Outcome>,
}

impl Api {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let weir = Weir::start(&self.binary.weir).await?;
        let instance = weir.instance(100).await?;
        weir.topics(&instance, 100).await?;
        let hello = Peer::hello().await?;
        let moto = match &self.moto {
            Some(program) => Some(Peer::moto(program).await?),
            None => None,
        };
        let list = [("RegionId", "cn-hangzhou"), ("InstanceId", instance.as_str()), ("PageSize", "100")];
        let rounds = |name| Rounds { name, outcomes: Vec::new() };
        let mut ours = rounds("weir: GetTopicList, 100 topics, signed");
        let mut bare = rounds("bare axum: hello");
        let mut theirs = rounds("moto_server: SNS ListTopics, 100 topics");
        for _ in 0..self.rounds {
            // Signed before the clock runs: what is measured is the server.
            let requests =
                (0..self.requests).map(|_| weir.request("GetTopicList", &list)).collect::<Result<_, _>>()?;
            ours.outcomes.push(load::send(weir.address, requests, self.connections).await?);
            let requests =
                (0..self.requests).map(|_| hello_request(hello.address)).collect::<Result<_, _>>()?;
            bare.outcomes.push(load::send(hello.address, requests, self.connections).await?);
            if let Some(moto) = &moto {
                let requests = (0..self.requests.div_ceil(50))
                    .map(|_| moto_request(moto.address, "Action=ListTopics"))
                    .collect::<Result<_, _>>()?;
                theirs.outcomes.push(load::send(moto.address, requests, self.connections).await?);
            }
        }
        println!("{:<42} {:>10} {:>10} {:>10} {:>9}", "", "calls/s", "median ms", "p99 ms", "bytes");
        let all: Vec<_> =
            [&ours, &bare, &theirs].into_iter().filter(|one| !one.outcomes.is_empty()).collect();
        for one in &all {
            one.print();
        }
        for peer in all.iter().skip(1) {
            let [least, median, greatest] = spread(ours.ratios(peer));
            println!("weir / {:<35} {median:>10.2}  ({least:.2} to {greatest:.2})", peer.name);
        }
        if let Some(path) = &self.json {
            let figures: Vec<Json> = all.iter().map(|one| one.to_json()).collect();
            std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
        }
        Ok(())
    }
}

impl Rounds {
    /// Calls a second, round by round, over those of a peer in the same round.
    fn ratios(&self, peer: &Self) -> Vec<f64> {
        let pairs = self.outcomes.iter().zip(&peer.outcomes);
        pairs.map(|(ours, theirs)| ours.per_second / theirs.per_second).collect()
    }

    fn of(&self, figure: impl Fn(&Outcome) -> f64) -> f64 {
        spread(self.outcomes.iter().map(figure).collect())[1]
    }

    fn print(&self) {
        let median = self.of(|outcome| outcome.median.as_secs_f64() * 1e3);
        let p99 = self.of(|outcome| outcome.p99.as_secs_f64() * 1e3);
        let bytes = self.outcomes.last().map_or(0, |outcome| outcome.reply_bytes);
        let rate = self.of(|outcome| outcome.per_second);
        println!("{:<42} {rate:>10.0} {median:>10.3} {p99:>10.3} {bytes:>9}", self.name);
    }

    fn to_json(&self) -> Json {
        let list = |figure: fn(&Outcome) -> f64| self.outcomes.iter().map(figure).collect::<Vec<_>>();
        json!({
            "name": self.name,
            "calls_per_second": list(|outcome| outcome.per_second),
            "median_ms": list(|outcome| outcome.median.as_secs_f64() * 1e3),
            "p99_ms": list(|outcome| outcome.p99.as_secs_f64() * 1e3),
        })
    }
}

/// Least, median and greatest.
fn spread(mut figures: Vec<f64>) -> [f64; 3] {
    figures.sort_by(f64::total_cmp);
    match figures.as_slice() {
        [] => [0.0; 3],
        [least, ..] => [*least, figures[figures.len() / 2], figures[figures.len() - 1]],
    }
}

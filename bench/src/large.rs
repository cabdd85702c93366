//! Pages of lists where there is a lot: 10,000 topics in 48 instances.

use std::time::{Duration, Instant};

use clap::Args;

use crate::weir::Weir;
use crate::{Binary, Failure};

/// List pages with many topics in many instances.
#[derive(Debug, Args)]
pub(crate) struct Large {
    #[command(flatten)]
    binary: Binary,

    /// Instances
    #[arg(long, default_value_t = 48)]
    instances: usize,

    /// Topics over all of them
    #[arg(long, default_value_t = 10_000)]
    topics: usize,

    /// Calls of each list
    #[arg(long, default_value_t = 100)]
    calls: usize,
}

impl Large {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let weir = Weir::start(&self.binary.weir).await?;
        let mut ids = Vec::new();
        for number in 0..self.instances {
            let share = self.topics / self.instances + usize::from(number < self.topics % self.instances);
            let id = weir.instance(u32::try_from(share)?).await?;
            weir.topics(&id, share).await?;
            ids.push(id);
        }
        let region = ("RegionId", "cn-hangzhou");
        let instance = ("InstanceId", ids[0].as_str());
        println!("{:<44} {:>10} {:>10} {:>10}", "", "median ms", "p99 ms", "max ms");
        self.measure(&weir, "GetInstanceList", &[region]).await?;
        self.measure(&weir, "GetAllInstanceIdList", &[region]).await?;
        self.measure(&weir, "GetTopicList", &[region, instance, ("PageSize", "50"), ("CurrentPage", "2")])
            .await?;
        self.measure(&weir, "GetTopicList", &[region, instance, ("PageSize", "10000")]).await?;
        self.measure(&weir, "GetConsumerList", &[region, instance]).await
    }

    async fn measure(&self, weir: &Weir, action: &str, parameters: &[(&str, &str)]) -> Result<(), Failure> {
        let mut times = Vec::<Duration>::new();
        for _ in 0..self.calls {
            let started = Instant::now();
            weir.call(action, parameters).await?;
            times.push(started.elapsed());
        }
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1].as_secs_f64() * 1e3;
        let size =
            parameters.iter().find(|(name, _)| *name == "PageSize").map(|(_, size)| format!(" of {size}"));
        let name = format!("{action}{}", size.unwrap_or_default());
        println!("{name:<44} {:>10.2} {:>10.2} {:>10.2}", at(50), at(99), at(100));
        Ok(())
    }
}

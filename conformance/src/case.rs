//! A case: one request, or a story that ends in one, and the error code that must come of it.

use std::ops::RangeInclusive;

use kafka_protocol::messages::ApiKey;

use crate::failure::Failure;
use crate::stage::Stage;

/// Stands in place of an error code where the broker must end the connection.
pub(crate) const CLOSED: i16 = i16::MIN;

type Run = Box<dyn Fn(&mut Stage<'_>, i16) -> Result<i16, Failure> + Send + Sync>;

/// One case in one version.
pub(crate) struct Case {
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    title: &'static str,
    /// The error code, or `CLOSED`.
    pub(crate) expected: i16,
    run: std::sync::Arc<Run>,
}

impl Case {
    /// `api.version.title`, as the differences name it.
    pub(crate) fn name(&self) -> String {
        format!("{:?}.v{}.{}", self.api, self.version, self.title)
    }

    pub(crate) fn run(&self, stage: &mut Stage<'_>) -> Result<i16, Failure> {
        (self.run)(stage, self.version)
    }
}

/// All cases, in the order of their declaration.
#[derive(Default)]
pub(crate) struct Cases(pub(crate) Vec<Case>);

impl Cases {
    /// The same case in each of some versions.
    pub(crate) fn each(
        &mut self,
        api: ApiKey,
        versions: RangeInclusive<i16>,
        title: &'static str,
        expected: i16,
        run: impl Fn(&mut Stage<'_>, i16) -> Result<i16, Failure> + Send + Sync + 'static,
    ) {
        let run: std::sync::Arc<Run> = std::sync::Arc::new(Box::new(run));
        self.0.extend(versions.map(|version| Case { api, version, title, expected, run: run.clone() }));
    }
}

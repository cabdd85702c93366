//! Failures on command: how a test breaks an operation at a chosen place.
//!
//! A running server has none and pays one branch per step for the possibility.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

/// Where in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before its effect.
    Before,
    /// After its effect, before it is recorded.
    AfterEffect,
    /// After it is recorded. Only [`Break::Crash`] means anything here.
    AfterRecord,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The step fails, as if the engine had not answered.
    Fail,
    /// The operation stops on the spot and no other takes a further step, as if the process had died.
    Crash,
}

/// The places at which operations are to break. Clones share them.
#[derive(Clone, Default)]
pub struct FailPoints {
    points: Option<Arc<Mutex<Vec<Point>>>>,
}

struct Point {
    operation: String,
    step: String,
    place: Place,
    what: Break,
    times: u32,
}

impl FailPoints {
    /// None, now or later.
    pub const fn none() -> Self {
        Self { points: None }
    }

    /// None yet; they can be added while operations run.
    pub fn armed() -> Self {
        Self { points: Some(Arc::default()) }
    }

    /// Breaks the step of this name, of the operation of this kind, the next `times` times it comes by.
    ///
    /// The operation `store` has one step, `commit`: breaking it after its effect loses the answer to the next
    /// commit of anything.
    ///
    /// # Panics
    ///
    /// When made by [`FailPoints::none`].
    pub fn add(&self, operation: &str, step: &str, place: Place, what: Break, times: u32) {
        let points = self.points.as_ref().expect("only armed fail points can be added to");
        points.lock().push(Point { operation: operation.into(), step: step.into(), place, what, times });
    }

    /// Forgets those that have not come by.
    pub fn clear(&self) {
        if let Some(points) = &self.points {
            points.lock().clear();
        }
    }

    /// How many of the breaks added have not come by yet.
    pub fn left(&self) -> u32 {
        self.points.as_ref().map_or(0, |points| points.lock().iter().map(|point| point.times).sum())
    }

    /// What is to happen here, if anything. Using it up is part of asking.
    pub(crate) fn take(&self, operation: &str, step: &str, place: Place) -> Option<Break> {
        let mut points = self.points.as_ref()?.lock();
        let here = points.iter_mut().find(|point| {
            point.times > 0 && point.place == place && point.operation == operation && point.step == step
        })?;
        here.times -= 1;
        Some(here.what)
    }
}

impl fmt::Debug for FailPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.points.is_some() { "FailPoints(armed)" } else { "FailPoints(none)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_breaks_its_step_as_often_as_asked() {
        let points = FailPoints::armed();
        points.add("start", "open", Place::Before, Break::Fail, 2);
        assert_eq!(points.take("start", "open", Place::AfterEffect), None);
        assert_eq!(points.take("stop", "open", Place::Before), None);
        assert_eq!(points.take("start", "open", Place::Before), Some(Break::Fail));
        assert_eq!(points.left(), 1);
        assert_eq!(points.take("start", "open", Place::Before), Some(Break::Fail));
        assert_eq!(points.take("start", "open", Place::Before), None);
        assert_eq!(FailPoints::none().take("start", "open", Place::Before), None);
    }
}

//! Progress on the terminal: a bar where there is one, plain lines where there is not.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal;

/// One thing after another, each told when it begins and when it is done.
pub(crate) struct Steps {
    fancy: bool,
    quiet: bool,
}

/// A step under way. Dropped without [`Step::done`], it failed.
pub(crate) struct Step {
    bar: Option<ProgressBar>,
    title: String,
    quiet: bool,
}

impl Steps {
    /// Bars only on a terminal, so that logs of a build stay readable.
    pub(crate) fn new() -> Self {
        let fancy = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { fancy, quiet: false }
    }

    /// Says nothing: what goes on is a part of something that is told already.
    pub(crate) fn quiet() -> Self {
        Self { fancy: false, quiet: true }
    }

    /// A step of unknown length.
    pub(crate) fn begin(&self, title: &str) -> Step {
        self.step(title, None)
    }

    /// A step of known length.
    pub(crate) fn count(&self, title: &str, total: u64) -> Step {
        self.step(title, Some(total))
    }

    fn step(&self, title: &str, total: Option<u64>) -> Step {
        let bar = self.fancy.then(|| {
            let template = match total {
                Some(_) => "{spinner} {msg} {bar:30} {human_pos}/{human_len} {per_sec}",
                None => "{spinner} {msg}",
            };
            let style = ProgressStyle::with_template(template).expect("the templates above are valid");
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr())
                .with_style(style)
                .with_message(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Step { bar, title: title.to_owned(), quiet: self.quiet }
    }
}

impl Step {
    /// How far it has come.
    pub(crate) fn at(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
        }
    }

    /// Ends the step; `result` says what came of it.
    pub(crate) fn done(mut self, result: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if !self.quiet {
            terminal::remark(format_args!("  ✓ {}: {result}", self.title));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

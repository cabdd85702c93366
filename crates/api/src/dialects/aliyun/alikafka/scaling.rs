//! Scheduled scaling of serverless instances: rules that raise what is reserved for a while, once, every day, or on
//! some days of the week.
//!
//! Nothing is ever switched: what is reserved at a moment follows from the rules and that moment. So a rule is on
//! time to the millisecond, whatever stopped meanwhile, and what it had raised goes down by itself.

use serde::{Deserialize, Serialize};

use super::serverless::Capacity;
use crate::dialects::aliyun::params::{Decoding, Field, Kind, Rejection, Scalar, choice, parse_integer};

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How long before its time a rule that is carried out once has to be there.
const NOTICE_MS: i64 = 30 * MINUTE_MS;
/// How much time has to be between two executions on one instance.
const APART_MS: i64 = 60 * MINUTE_MS;
/// How long an execution may last, in minutes: a quarter of an hour to a week.
pub(crate) const DURATION_MINUTES: (i64, i64) = (15, 7 * 24 * 60);
/// How many rules an instance may have.
pub(crate) const RULES_MAX: u32 = 20;

choice! {
    /// Whether a rule is carried out more than once.
    pub(crate) enum ScheduleType: String {
        /// Once.
        At = "at",
        /// Again and again.
        Repeat = "repeat",
    }
}

choice! {
    /// How often a rule is carried out that repeats.
    pub(crate) enum RepeatType: String {
        /// Every day.
        Daily = "Daily",
        /// On some days of the week.
        Weekly = "Weekly",
    }
}

choice! {
    /// A day of the week.
    pub(crate) enum Weekday: String {
        /// The first.
        Monday = "Monday",
        /// The second.
        Tuesday = "Tuesday",
        /// The third.
        Wednesday = "Wednesday",
        /// The fourth.
        Thursday = "Thursday",
        /// The fifth.
        Friday = "Friday",
        /// The sixth.
        Saturday = "Saturday",
        /// The last.
        Sunday = "Sunday",
    }
}

impl Weekday {
    /// Of a day that is so many after 1 January 1970, a Thursday.
    fn of_day(day: i64) -> Self {
        match day.rem_euclid(7) {
            0 => Self::Thursday,
            1 => Self::Friday,
            2 => Self::Saturday,
            3 => Self::Sunday,
            4 => Self::Monday,
            5 => Self::Tuesday,
            _ => Self::Wednesday,
        }
    }
}

/// A moment in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) i64);

impl Scalar for Moment {
    const KIND: Kind = Kind::Long;
    type Read = i64;

    fn parse(text: &str) -> Option<i64> {
        parse_integer(text)
    }

    fn check(field: &Field, read: i64, _: &Decoding<'_>) -> Result<Self, Rejection> {
        /// The year 9999 has not ended by then, and no sum of such moments overflows.
        const GREATEST: i64 = 253_370_764_800_000;
        if !(0..=GREATEST).contains(&read) {
            return Err(Rejection::rule(field.name, "must be a moment in milliseconds since 1970"));
        }
        Ok(Self(read))
    }
}

/// A time zone as an offset from Greenwich: `GMT+8`, `UTC-03:30`, `GMT`.
#[derive(Clone, Debug)]
pub(crate) struct ZoneOffset {
    /// As it was sent.
    text: String,
    ms: i64,
}

impl Scalar for ZoneOffset {
    const KIND: Kind = Kind::String;
    type Read = String;

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn check(field: &Field, read: String, _: &Decoding<'_>) -> Result<Self, Rejection> {
        match offset_ms(&read) {
            Some(ms) => Ok(Self { text: read, ms }),
            None => Err(Rejection::rule(field.name, "must be GMT or UTC with hours, as GMT+8")),
        }
    }
}

fn offset_ms(text: &str) -> Option<i64> {
    const HOURS_MAX: i64 = 14;
    let rest = text.strip_prefix("GMT").or_else(|| text.strip_prefix("UTC"))?;
    let (sign, rest) = match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
        (Some(east), _) => (1, east),
        (_, Some(west)) => (-1, west),
        _ if rest.is_empty() => return Some(0),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let number = |text: &str| -> Option<i64> {
        let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_short { text.parse().ok() } else { None }
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let is_real = minutes < 60 && hours * 60 + minutes <= HOURS_MAX * 60;
    is_real.then_some(sign * (hours * 60 + minutes) * MINUTE_MS)
}

/// The rules of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scaling {
    /// How many rules there have ever been: the newest one's number.
    made: u32,
    /// Oldest first.
    pub(crate) rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// Its number, from 1, never given twice.
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    /// What is reserved while it is carried out, unless more was bought.
    pub(crate) capacity: Capacity,
    pub(crate) schedule: Schedule,
}

/// When a rule is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// The moment of the first execution, and the time of day of the others. Milliseconds since 1970.
    pub(crate) first_ms: i64,
    pub(crate) minutes: u32,
    pub(crate) repeat: Repeat,
    /// The time zone as it was sent, and in milliseconds east of Greenwich.
    pub(crate) time_zone: String,
    offset_ms: i64,
}

/// On which days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Repeat {
    /// On the first alone.
    Never,
    /// On every day.
    Daily,
    /// On these days of the week, as they are called in the time zone.
    Weekly(Vec<Weekday>),
}

impl Schedule {
    pub(crate) fn new(first: Moment, minutes: u32, repeat: Repeat, zone: ZoneOffset) -> Self {
        Self { first_ms: first.0, minutes, repeat, time_zone: zone.text, offset_ms: zone.ms }
    }

    fn duration_ms(&self) -> i64 {
        i64::from(self.minutes) * MINUTE_MS
    }

    /// The moments at which it is carried out, from `from_ms` on and before `to_ms`.
    fn starts(&self, from_ms: i64, to_ms: i64) -> impl Iterator<Item = i64> {
        let local_ms = self.first_ms + self.offset_ms;
        let (first_day, in_day_ms) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let day_of = |ms: i64| (ms + self.offset_ms).div_euclid(DAY_MS);
        let last_day = match self.repeat {
            Repeat::Never => first_day,
            Repeat::Daily | Repeat::Weekly(_) => day_of(to_ms),
        };
        (first_day.max(day_of(from_ms) - 1)..=last_day)
            .filter(|day| match &self.repeat {
                Repeat::Never | Repeat::Daily => true,
                Repeat::Weekly(days) => days.contains(&Weekday::of_day(*day)),
            })
            .map(move |day| day * DAY_MS + in_day_ms - self.offset_ms)
            .filter(move |start| (from_ms..to_ms).contains(start))
    }

    /// Whether it is being carried out.
    fn covers(&self, now_ms: i64) -> bool {
        // One that began longer ago has ended, and the first after now has not begun.
        self.starts(now_ms - self.duration_ms() + 1, now_ms + 1).next().is_some()
    }

    /// Whether it will never be carried out again.
    fn is_over(&self, now_ms: i64) -> bool {
        self.repeat == Repeat::Never && self.first_ms + self.duration_ms() <= now_ms
    }

    /// Whether executions of the two, or of the same one, come too close to each other. All of them repeat after a
    /// week, so two weeks from where both have begun show everything.
    fn is_too_close(&self, other: &Self, is_itself: bool) -> bool {
        let latest_ms = self.first_ms.max(other.first_ms);
        let (from_ms, to_ms) = (latest_ms - 9 * DAY_MS, latest_ms + 15 * DAY_MS);
        let ended_ms = |schedule: &Self, start: i64| start + schedule.duration_ms() + APART_MS;
        self.starts(from_ms, to_ms).any(|mine| {
            other.starts(from_ms, to_ms).any(|theirs| {
                let is_same = is_itself && mine == theirs;
                !is_same && mine < ended_ms(other, theirs) && theirs < ended_ms(self, mine)
            })
        })
    }

    /// Whether it can be carried out from now on, beside the others.
    fn check(&self, others: &[&Self], now_ms: i64) -> Result<(), Rejection> {
        if self.repeat == Repeat::Never && self.first_ms < now_ms + NOTICE_MS {
            let reason = "must be at least 30 minutes from now for a rule that is carried out once";
            return Err(Rejection::rule("FirstScheduledTime", reason));
        }
        let is_too_close = |other: &&Self| self.is_too_close(other, false);
        if self.is_too_close(self, true) || others.iter().any(is_too_close) {
            let reason = "must leave 60 minutes between any two executions on the instance";
            return Err(Rejection::rule("FirstScheduledTime", reason));
        }
        Ok(())
    }
}

/// Why a rule is not made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is none of this name.
    Absent(String),
    /// There is one of this name.
    Exists(String),
    /// There are as many as there may be.
    TooMany,
    /// It is enabled and has not been carried out for the last time.
    Pending(String),
    /// Its values do not go with what is there.
    Misfit(Rejection),
}

impl From<Rejection> for Trouble {
    fn from(rejection: Rejection) -> Self {
        Self::Misfit(rejection)
    }
}

impl Scaling {
    /// What is reserved at a moment for an instance for which this was bought.
    pub(crate) fn reserved(&self, bought: Capacity, now_ms: i64) -> Capacity {
        let active = self.rules.iter().filter(|rule| rule.enabled && rule.schedule.covers(now_ms));
        active.fold(bought, |reserved, rule| Capacity {
            publish: reserved.publish.max(rule.capacity.publish),
            subscribe: reserved.subscribe.max(rule.capacity.subscribe),
        })
    }

    /// Adds a rule. Its number is given here.
    pub(crate) fn add(&mut self, rule: Rule, bought: Capacity, now_ms: i64) -> Result<(), Trouble> {
        if self.rules.iter().any(|known| known.name == rule.name) {
            return Err(Trouble::Exists(rule.name));
        }
        if self.rules.len() >= RULES_MAX as usize {
            return Err(Trouble::TooMany);
        }
        let Capacity { publish, subscribe } = rule.capacity;
        if publish <= bought.publish && subscribe <= bought.subscribe {
            let (publish, subscribe) = (bought.publish, bought.subscribe);
            let reason =
                format!("or ReservedSubFlow must be above what is reserved, {publish} and {subscribe} MB/s");
            return Err(Rejection::rule("ReservedPubFlow", reason).into());
        }
        // What is switched off disturbs nobody.
        if rule.enabled {
            rule.schedule.check(&self.enabled(), now_ms)?;
        }
        self.made += 1;
        self.rules.push(Rule { id: self.made, ..rule });
        Ok(())
    }

    /// Switches a rule on or off.
    pub(crate) fn switch(&mut self, name: &str, on: bool, now_ms: i64) -> Result<(), Trouble> {
        let at = self.find(name)?;
        if on && !self.rules[at].enabled {
            self.rules[at].schedule.check(&self.enabled(), now_ms)?;
        }
        self.rules[at].enabled = on;
        Ok(())
    }

    /// Removes a rule that is switched off or has been carried out.
    pub(crate) fn remove(&mut self, name: &str, now_ms: i64) -> Result<(), Trouble> {
        let at = self.find(name)?;
        let rule = &self.rules[at];
        if rule.enabled && !rule.schedule.is_over(now_ms) {
            return Err(Trouble::Pending(name.to_owned()));
        }
        self.rules.remove(at);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<usize, Trouble> {
        let at = self.rules.iter().position(|rule| rule.name == name);
        at.ok_or_else(|| Trouble::Absent(name.to_owned()))
    }

    fn enabled(&self) -> Vec<&Schedule> {
        self.rules.iter().filter(|rule| rule.enabled).map(|rule| &rule.schedule).collect()
    }
}

#[cfg(test)]
#[path = "scaling_tests.rs"]
mod tests;

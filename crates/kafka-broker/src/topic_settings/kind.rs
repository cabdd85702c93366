//! What the value of a setting may be.

pub(super) const INT_MAX: i64 = i32::MAX as i64;

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Kind {
    Bool,
    Int {
        min: i64,
        max: i64,
    },
    Long {
        min: i64,
    },
    Double {
        min: f64,
        max: f64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// Several of these words, joined by commas.
    Words(&'static [&'static str]),
}

impl Kind {
    pub(super) fn admits(&self, value: &str) -> Result<(), String> {
        let number = |min: i64, max: i64| {
            let fits = value.parse().is_ok_and(|number: i64| (min..=max).contains(&number));
            if fits { Ok(()) } else { Err(format!("a whole number from {min} to {max}")) }
        };
        match self {
            Self::Bool => match value {
                "true" | "false" => Ok(()),
                _ => Err("true or false".into()),
            },
            Self::Int { min, max } => number(*min, *max),
            Self::Long { min } => number(*min, i64::MAX),
            Self::Double { min, max } => {
                let fits = value.parse().is_ok_and(|number: f64| (*min..=*max).contains(&number));
                if fits { Ok(()) } else { Err(format!("a number from {min} to {max}")) }
            }
            Self::Word(words) => {
                if words.contains(&value) {
                    Ok(())
                } else {
                    Err(words.join(" or "))
                }
            }
            Self::Words(words) => {
                let all = value.split(',').all(|word| words.contains(&word.trim()));
                if all { Ok(()) } else { Err(format!("a list of {}", words.join(", "))) }
            }
        }
    }

    /// The number of its type in DescribeConfigs.
    pub(crate) fn code(&self) -> i8 {
        match self {
            Self::Bool => 1,
            Self::Word(_) => 2,
            Self::Int { .. } => 3,
            Self::Long { .. } => 5,
            Self::Double { .. } => 6,
            Self::Words(_) => 7,
        }
    }

    /// Whether a value is several, joined by commas.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::Words(_))
    }
}

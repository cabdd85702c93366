//! Decoding without a request around it, for the tests of actions.

use super::{Decoding, Input, Rejection};
use crate::dialects::aliyun::Regions;
use crate::request::Parameters;

/// Decodes parameters given as pairs.
pub(crate) fn decode<I: Input>(parameters: &[(&str, &str)]) -> Result<I, Rejection> {
    let mut values = Parameters::default();
    for (name, value) in parameters {
        values.insert_body((*name).to_owned(), (*value).to_owned()).expect("few parameters");
    }
    I::decode(&Decoding { values: &values, regions: &Regions::new([]) })
}

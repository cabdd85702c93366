//! kafka-broker

pub mod meta;

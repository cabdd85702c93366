//! kafka-broker

pub mod group;
pub mod meta;

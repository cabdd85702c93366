//! What `weir bench` is made of.

pub(crate) mod floor;
pub(crate) mod sample;
pub(crate) mod server;

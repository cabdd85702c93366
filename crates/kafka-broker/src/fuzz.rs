//! For fuzz targets alone (feature `fuzz`): what bytes from outside reach only behind waits.

pub use crate::login::tokens as login;

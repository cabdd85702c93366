//! HTTP itself, below every dialect: strict request heads, bounded bodies, connections.

pub(crate) mod body;
pub(crate) mod head;
pub(crate) mod peers;

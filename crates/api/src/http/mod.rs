//! HTTP itself, below every dialect: strict request heads, bounded bodies.

pub(crate) mod body;
pub(crate) mod head;

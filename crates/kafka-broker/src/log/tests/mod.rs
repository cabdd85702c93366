//! The log as a whole, on a simulated disk.

mod behaviour;
mod check;
mod compaction;
mod crashes;
mod damage;
mod lifecycle;
mod model;
mod producers;
mod scrub;
mod transactions;
mod world;

//! A seeded simulator of whole histories: devices with real SQLite databases, relays, a store with the semantics of Postgres,
//! virtual time, and everything that can go wrong.
//!
//! What is real: the rules, the rows, the outbox, the rebase, the code that stores frames, the sync machine, the session machine,
//! the hub, the applier's machine, the batches, the paging. What is simulated: sockets, clocks, disks that fill, processes that are
//! killed between any two steps, and Postgres itself ([`store`]). The shells around the machines are the steps in [`device`] and
//! [`relay`].
//!
//! - [`plan`]: a seed makes a list of actions: what people do and what goes wrong.
//! - [`world`]: they happen, one event after the other; then all faults end, and the world comes to rest.
//! - [`watch`]: what must be true at every moment. [`crate::history`]: what must be true at the end.
//! - [`shrink`]: a failing history, made as short as it goes.
//! - [`mutation`]: planted mistakes that must be noticed.
//!
//! Invariant: a seed is one history, always the same.

pub mod context;
pub mod device;
pub mod mutation;
pub mod plan;
pub mod relay;
pub mod shrink;
pub mod store;
pub mod watch;
pub mod world;

use mutation::Mutation;
use plan::Plan;
use world::{Report, World};

/// What every history begins with: built once.
pub struct Simulator {
    fresh: Vec<u8>,
}

impl Simulator {
    /// A simulator.
    ///
    /// # Panics
    /// When no SQLite database can be made in memory.
    #[must_use]
    pub fn new() -> Self {
        Self {
            fresh: device::fresh_disk().expect("an empty database in memory"),
        }
    }

    /// An empty device's disk.
    #[must_use]
    pub fn fresh_disk(&self) -> &[u8] {
        &self.fresh
    }

    /// One history. A panic in it is a violation like any other.
    #[must_use]
    pub fn run(&self, plan: &Plan, mutation: Option<Mutation>, log: bool) -> Report {
        let history = || -> anyhow::Result<Report> {
            let mut world = World::new(plan, &self.fresh, mutation)?;
            world.ctx.log = log.then(Vec::new);
            world.run(plan)
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(history));
        let wrong = match result {
            Ok(Ok(report)) => return report,
            Ok(Err(error)) => format!("stopped: {error:#}"),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&s| s.to_owned()));
                format!("panicked: {}", text.unwrap_or_default())
            }
        };
        Report {
            wrong: vec![wrong],
            ..Report::default()
        }
    }
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

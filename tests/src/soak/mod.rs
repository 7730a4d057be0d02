//! The same questions as the simulator's, asked of real parts: devices in processes of their own, each behind a line that is cut
//! and stalled, two relays, a Postgres, all of them killed with -9 at random.
//!
//! A seed is a plan here and no replay: processes and sockets keep their own time.
//!
//! - [`device`]: a device's process.
//! - [`cluster`]: a Postgres that is killed and comes back.
//! - [`run`]: what happens, and the check at the end.

pub mod cluster;
pub mod device;
pub mod run;

//! The simulator: a run of seeds, the mistakes that it must notice, and the wounds that others carry, each as a small history.

#![allow(clippy::unwrap_used)]

mod mutations;
mod seeds;
mod wounds;

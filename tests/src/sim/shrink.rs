//! Makes a failing history shorter: leaves out ever smaller runs of actions as long as it still fails.
//!
//! Source: `ddmin` of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE 2002), without the
//! step that tries the parts alone.

use super::Simulator;
use super::mutation::Mutation;
use super::plan::Plan;

/// The shortest failing plan that was found, and the numbers of its actions in the plan that was given.
#[must_use]
pub fn shrink(
    simulator: &Simulator,
    plan: &Plan,
    mutation: Option<Mutation>,
) -> (Plan, Vec<usize>) {
    let mut kept: Vec<usize> = (0..plan.actions.len()).collect();
    let with = |kept: &[usize]| Plan {
        actions: kept.iter().map(|at| plan.actions[*at].clone()).collect(),
        ..plan.clone()
    };
    let fails = |kept: &[usize]| !simulator.run(&with(kept), mutation, false).wrong.is_empty();
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < kept.len() {
            let mut without = kept.clone();
            without.drain(at..(at + size).min(kept.len()));
            if fails(&without) {
                kept = without;
                shorter = true;
            } else {
                at += size;
            }
        }
        if !shorter || size > kept.len() {
            size /= 2;
        }
    }
    (with(&kept), kept)
}

//! The simulator proves itself: mistakes planted one at a time are noticed, each within so many seeds.

use rstest::rstest;
use system_tests::sim::Simulator;
use system_tests::sim::mutation::{ALL, Mutation};
use system_tests::sim::plan::Plan;

/// In how many histories a mistake must be noticed.
const SEEDS: u64 = 1500;

#[rstest]
#[case::skip_idempotency(Mutation::SkipIdempotency)]
#[case::broadcast_before_commit(Mutation::BroadcastBeforeCommit)]
#[case::seq_from_a_plain_sequence(Mutation::SeqFromPlainSequence)]
#[case::drop_on_overflow_without_resync(Mutation::DropOnOverflow)]
#[case::lose_rebase(Mutation::LoseRebase)]
#[case::ack_before_rows(Mutation::AckBeforeRows)]
#[case::forget_the_journal(Mutation::ForgetJournal)]
#[case::jump_over_gaps(Mutation::JumpOverGaps)]
#[case::drop_what_was_refused(Mutation::DropRefused)]
#[case::miss_wake_ups(Mutation::MissWakeUps)]
fn a_planted_mistake_is_noticed(#[case] mutation: Mutation) {
    let simulator = Simulator::new();
    let noticed = (0..SEEDS).find_map(|seed| {
        let wrong = simulator.run(&Plan::of(seed), Some(mutation), false).wrong;
        (!wrong.is_empty()).then_some((seed, wrong))
    });
    let (seed, wrong) = noticed.unwrap_or_else(|| panic!("{mutation:?} was not noticed"));
    println!("{mutation:?}: seed {seed}: {}", wrong[0]);
}

/// A mistake that is added to the list is tested.
#[test]
fn all_mistakes_are_tested() {
    assert_eq!(ALL.len(), 10);
}

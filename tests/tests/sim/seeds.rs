//! Seeds are histories, the same every time, and some hundreds of them are good.

use system_tests::sim::Simulator;
use system_tests::sim::plan::{Act, Plan};
use system_tests::sim::shrink::shrink;

/// The long run is `cargo xtask sim`; this one is for whoever runs the tests alone.
#[test]
fn some_hundred_histories_are_good() {
    let simulator = Simulator::new();
    for seed in 0..300 {
        let plan = Plan::of(seed);
        let report = simulator.run(&plan, None, false);
        if !report.wrong.is_empty() {
            let (short, kept) = shrink(&simulator, &plan, None);
            panic!(
                "seed {seed} fails: {:#?}\nshortest: {:#?}\nagain: cargo xtask sim --from {seed} --seeds 1 -- --log --keep {kept:?}",
                report.wrong, short.actions
            );
        }
    }
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    for seed in [1, 7, 42, 99] {
        let plan = Plan::of(seed);
        let log = || Simulator::new().run(&plan, None, true).log;
        let (first, second) = (log(), log());
        assert!(first.len() > 20, "seed {seed} is hardly a history");
        assert_eq!(first, second, "seed {seed}");
    }
}

/// A history that fails whenever it holds two given actions is shortened to these two.
#[test]
fn a_failing_history_is_shortened() {
    let simulator = Simulator::new();
    let mutation = Some(system_tests::sim::mutation::Mutation::DropRefused);
    let failing = (0..2000).map(Plan::of).find(|plan| {
        plan.actions.len() > 25 && !simulator.run(plan, mutation, false).wrong.is_empty()
    });
    let plan = failing.unwrap();
    let (short, kept) = shrink(&simulator, &plan, mutation);
    assert!(!simulator.run(&short, mutation, false).wrong.is_empty());
    assert!(
        short.actions.len() < plan.actions.len() / 2,
        "{:#?}",
        short.actions
    );
    assert_eq!(kept.len(), short.actions.len());
    assert!(
        short
            .actions
            .iter()
            .any(|action| action.act.fault().is_none() || matches!(action.act, Act::SqlHold(_)))
    );
}

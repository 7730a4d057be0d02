//! Runs simulated histories: `cargo xtask sim --seeds N --from S`. A failing seed prints itself, its shortest form and how to
//! see it again.

use clap::Parser;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use system_tests::sim::Simulator;
use system_tests::sim::plan::Plan;
use system_tests::sim::shrink::shrink;
use system_tests::sim::world::Report;

/// Simulated histories of devices, relays and a store, with everything that can go wrong.
#[derive(Parser)]
struct Args {
    /// How many histories.
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Print what happens in each history.
    #[arg(long)]
    log: bool,
    /// Only these actions of the plan (as a shortened history names them).
    #[arg(long, value_delimiter = ',')]
    keep: Option<Vec<usize>>,
    /// How many failing seeds to show before giving up.
    #[arg(long, default_value_t = 3)]
    failures: usize,
}

#[derive(Default)]
struct Sums {
    events: u64,
    written: u64,
    faults: BTreeMap<&'static str, u64>,
    failed: Vec<u64>,
}

impl Sums {
    fn add(&mut self, report: &Report) {
        self.events += report.events;
        self.written += report.written;
        for (fault, count) in &report.faults {
            *self.faults.entry(fault).or_default() += count;
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    // A panic in a history is reported as its violation.
    std::panic::set_hook(Box::new(|_| {}));
    if args.log || args.keep.is_some() {
        return replay(&args);
    }
    let begun = Instant::now();
    let next = AtomicU64::new(args.from);
    let end = args.from.saturating_add(args.seeds);
    let sums = Mutex::new(Sums::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let simulator = Simulator::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let report = simulator.run(&Plan::of(seed), None, false);
                    let Ok(mut sums) = sums.lock() else { return };
                    sums.add(&report);
                    if !report.wrong.is_empty() {
                        sums.failed.push(seed);
                        if sums.failed.len() >= args.failures {
                            next.store(end, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let Ok(sums) = sums.into_inner() else {
        return ExitCode::FAILURE;
    };
    let seconds = begun.elapsed().as_secs_f64().max(0.001);
    for seed in &sums.failed {
        explain(*seed);
    }
    let done = args.seeds;
    if sums.failed.is_empty() {
        println!(
            "{done} histories from seed {} in {seconds:.1} s ({:.0} a minute): {} events, {} operations written",
            args.from,
            f64::from(u32::try_from(done).unwrap_or(u32::MAX)) * 60.0 / seconds,
            sums.events,
            sums.written
        );
        for (fault, count) in &sums.faults {
            println!("{count:>10} {fault}");
        }
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn explain(seed: u64) {
    let simulator = Simulator::new();
    let plan = Plan::of(seed);
    let (short, kept) = shrink(&simulator, &plan, None);
    let report = simulator.run(&short, None, false);
    println!(
        "seed {seed} fails; shortest: {} of {} actions",
        kept.len(),
        plan.actions.len()
    );
    for action in &short.actions {
        println!("    {:>7} ms {:?}", action.at, action.act);
    }
    for wrong in report.wrong.iter().take(8) {
        println!("  - {wrong}");
    }
    let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
    println!(
        "  again: cargo xtask sim --from {seed} --seeds 1 -- --log --keep {}",
        kept.join(",")
    );
}

fn replay(args: &Args) -> ExitCode {
    let simulator = Simulator::new();
    let mut good = true;
    for seed in args.from..args.from.saturating_add(args.seeds) {
        let mut plan = Plan::of(seed);
        if let Some(keep) = &args.keep {
            let mut number = 0;
            plan.actions.retain(|_| {
                number += 1;
                keep.contains(&(number - 1))
            });
        }
        let report = simulator.run(&plan, None, true);
        for line in &report.log {
            println!("{line}");
        }
        for wrong in &report.wrong {
            println!("  - {wrong}");
            good = false;
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

//! The memory of a process and all that it started: a web view is several processes, and only their sum is honest.

use std::collections::HashMap;

/// One process's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its program's name.
    pub name: String,
    /// Proportional set size in kibibytes: shared pages are counted once among those who share them. It grows when another program
    /// that shares our libraries ends.
    pub kib: u64,
    /// Of that what it made itself, and no program's file: what can leak.
    pub own_kib: u64,
}

/// The process and its descendants, as they are now.
///
/// # Panics
/// When `/proc` can't be listed.
#[must_use]
pub fn of_tree(root: u32) -> Vec<Share> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        if let Some(parent) = parent_of(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut shares = Vec::new();
    let mut left = vec![root];
    while let Some(pid) = left.pop() {
        left.extend(children.remove(&pid).unwrap_or_default());
        shares.extend(share_of(pid));
    }
    shares
}

/// The sum of what they made themselves, in mebibytes.
#[must_use]
pub fn own_mib(shares: &[Share]) -> u64 {
    shares.iter().map(|share| share.own_kib).sum::<u64>() / 1024
}

/// The sum in mebibytes.
#[must_use]
pub fn mib(shares: &[Share]) -> u64 {
    shares.iter().map(|share| share.kib).sum::<u64>() / 1024
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; the parent is the second field after it.
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

fn share_of(pid: u32) -> Option<Share> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let kib = |name: &str| -> Option<u64> {
        let line = rollup.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(Share {
        name: name.trim().to_owned(),
        kib: kib("Pss:")?,
        own_kib: kib("Pss_Anon:")?,
    })
}

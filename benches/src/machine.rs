//! What a number means nothing without: processor, compiler and commit; and
//! where the processor time of this process goes.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use flowgate_measure::processor::Processor;

/// Describes the machine and the version in two lines.
pub fn description() -> String {
    let processor = Processor::here();
    format!(
        "flowgate {version}, commit {commit}, {rustc}, {build} build\n{processor}, {cores} \
         processors for this process",
        version = env!("CARGO_PKG_VERSION"),
        commit = commit(),
        rustc = output("rustc", &["--version"]).unwrap_or_else(|| "rustc unknown".to_owned()),
        build = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        },
        processor = processor.name,
        cores = processor.available,
    )
}

fn commit() -> String {
    let Some(commit) = output("git", &["rev-parse", "--short=10", "HEAD"]) else {
        return "unknown".to_owned();
    };
    match output("git", &["status", "--porcelain"]) {
        Some(changes) if !changes.is_empty() => format!("{commit} and changes"),
        _ => commit,
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Processor time by the name of the thread, in ticks of the system; empty where
/// the system does not tell.
#[derive(Debug, Clone, Default)]
pub struct ProcessorTime(BTreeMap<String, u64>);

impl ProcessorTime {
    /// Reads what the threads that now live have used so far.
    pub fn now() -> Self {
        let mut ticks = BTreeMap::new();
        for task in fs::read_dir("/proc/self/task").into_iter().flatten() {
            let Some((name, used)) = task.ok().and_then(|task| {
                let stat = fs::read_to_string(task.path().join("stat")).ok()?;
                read_stat(&stat)
            }) else {
                continue;
            };
            *ticks.entry(name).or_default() += used;
        }
        Self(ticks)
    }

    /// Adds what was used between two readings.
    pub fn add(&mut self, before: &Self, after: &Self) {
        for (name, ticks) in &after.0 {
            let before = before.0.get(name).copied().unwrap_or(0);
            *self.0.entry(name.clone()).or_default() += ticks.saturating_sub(before);
        }
    }

    /// Returns the share of the threads whose name starts with `prefix`; none
    /// if the system does not tell.
    pub fn share(&self, prefix: &str) -> Option<f64> {
        let all: u64 = self.0.values().sum();
        let named = self.0.iter().filter(|(name, _)| name.starts_with(prefix));
        let named: u64 = named.map(|(_, ticks)| ticks).sum();
        #[expect(
            clippy::cast_precision_loss,
            reason = "ticks of a process of minutes are far below 2^52"
        )]
        (all > 0).then(|| named as f64 / all as f64)
    }
}

/// Reads name, user and system time from `/proc/…/stat`: fields 2, 14 and 15
/// of proc(5). The name is in brackets and may hold anything.
fn read_stat(stat: &str) -> Option<(String, u64)> {
    let (name, fields) = stat.split_once('(')?.1.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some((name.to_owned(), user + system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_name() {
        let line = "7 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 31 11 0 0 20";
        assert_eq!(read_stat(line), Some(("a) b (c".to_owned(), 42)));
    }
}

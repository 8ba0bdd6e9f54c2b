//! What a number means nothing without: the processor.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

/// Describes the processor that this process runs on.
#[derive(Debug, Clone)]
pub struct Processor {
    /// Its name as the system shows it, or `unknown processor`.
    pub name: String,
    /// How many logical processors this process may use.
    pub available: usize,
    /// Which of its instructions matter for encryption; found at run time.
    pub features: Vec<&'static str>,
}

impl Processor {
    /// Asks the system and the processor itself.
    pub fn here() -> Self {
        Self {
            name: name().unwrap_or_else(|| "unknown processor".to_owned()),
            available: available_parallelism().map_or(1, usize::from),
            features: features(),
        }
    }
}

fn name() -> Option<String> {
    if let Ok(text) = fs::read_to_string("/proc/cpuinfo") {
        let name = text.lines().find(|line| line.starts_with("model name"))?;
        return Some(name.split_once(':')?.1.trim().to_owned());
    }
    let output = Command::new("sysctl")
        .args(["-n", "machdep.cpu.brand_string"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    use std::arch::is_x86_feature_detected as has;
    [
        ("aes", has!("aes")),
        ("sha", has!("sha")),
        ("bmi2", has!("bmi2")),
        ("adx", has!("adx")),
        ("vaes", has!("vaes")),
        ("avx512f", has!("avx512f")),
        ("avx512ifma", has!("avx512ifma")),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
    .collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    use std::arch::is_aarch64_feature_detected as has;
    [
        ("aes", has!("aes")),
        ("sha2", has!("sha2")),
        ("pmull", has!("pmull")),
        ("sve2", has!("sve2")),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
    .collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_has_a_name_and_at_least_one_core() {
        let here = Processor::here();
        assert!(!here.name.is_empty());
        assert!(here.available > 0);
    }
}

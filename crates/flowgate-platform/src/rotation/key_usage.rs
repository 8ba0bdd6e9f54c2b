//! Reads from an endpoint's metrics how often each private key opened a request.
//!
//! The lines are those of `flowgate-actix`, in the text format of Prometheus:
//!
//! ```text
//! flowgate_requests_opened_total{key="<64 hexadecimal digits>"} 17
//! ```

use flowgate_keys::Fingerprint;

/// How often each key of one page opened a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KeyUsage(Vec<(Fingerprint, u64)>);

impl KeyUsage {
    /// Reads a page of metrics; lines of other metrics are skipped.
    pub(super) fn read(page: &str) -> Self {
        let lines = page
            .lines()
            .filter_map(|line| line.strip_prefix("flowgate_requests_opened_total{"));
        Self(lines.filter_map(key_and_count).collect())
    }

    /// Returns the count of a key; none if the endpoint does not hold it.
    pub(super) fn of(&self, key: Fingerprint) -> Option<u64> {
        self.0
            .iter()
            .filter(|(found, _)| *found == key)
            .map(|(_, count)| *count)
            .reduce(u64::saturating_add)
    }
}

fn key_and_count(rest: &str) -> Option<(Fingerprint, u64)> {
    let (labels, values) = rest.split_once('}')?;
    let key = labels
        .split(',')
        .find_map(|label| label.trim().strip_prefix("key=\""))?
        .strip_suffix('"')?;
    // A time may follow the value.
    let count: f64 = values.split_whitespace().next()?.parse().ok()?;
    let is_count = count.is_finite() && count >= 0.0;
    is_count.then_some((key.parse().ok()?, count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_by_key_and_summed() {
        let (one, two) = ("ab".repeat(32), "cd".repeat(32));
        let page = format!(
            "# TYPE flowgate_requests_opened counter\n\
             flowgate_requests_opened_total{{key=\"{one}\"}} 17\n\
             flowgate_requests_opened_total{{instance=\"a\",key=\"{two}\"}} 3.0 1700000000\n\
             flowgate_requests_opened_total{{key=\"{two}\",instance=\"b\"}} 4\n\
             flowgate_requests_opened_total{{key=\"nonsense\"}} 4\n\
             flowgate_in_flight 1\n# EOF\n"
        );
        let usage = KeyUsage::read(&page);
        assert_eq!(usage.of(one.parse().unwrap()), Some(17));
        assert_eq!(usage.of(two.parse().unwrap()), Some(7));
        assert_eq!(usage.of("00".repeat(32).parse().unwrap()), None);
    }
}

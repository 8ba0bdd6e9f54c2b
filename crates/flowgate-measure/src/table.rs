//! Tables of numbers for people, and how numbers are written in them.

use std::time::Duration;

/// Writes a title and rows, of which the first is the head, each line ended and
/// indented. The first column is aligned to the left, the others to the right.
pub fn table(title: &str, rows: &[Vec<String>]) -> String {
    let mut text = format!("{title}\n");
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let width = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            line += &match column {
                0 => format!("  {cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Writes a time with three digits and its unit.
pub fn time(time: Duration) -> String {
    let nanoseconds = time.as_secs_f64() * 1e9;
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let digits = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

/// Writes how many fit into a second.
pub fn per_second(time: Duration) -> String {
    format!("{:.0}", 1.0 / time.as_secs_f64())
}

/// Writes how many times as much something is.
pub fn ratio(ratio: f64) -> String {
    format!("{ratio:.2} ×")
}

/// Writes a share of a whole.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let rows = [["", "a"], ["µ", "10"], ["yy", "1"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table("t", &rows), "t\n       a\n  µ   10\n  yy   1\n");
    }

    #[test]
    fn times_have_three_digits() {
        for (nanoseconds, text) in [
            (0, "0.00 ns"),
            (9_990, "9.99 µs"),
            (345_600, "346 µs"),
            (1_999_000, "2.00 ms"),
        ] {
            assert_eq!(time(Duration::from_nanos(nanoseconds)), text);
        }
    }
}

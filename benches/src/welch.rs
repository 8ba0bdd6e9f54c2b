//! Welch's t-test of two sets of times, as dudect does it
//! ([Reparaz, Balasch and Verbauwhede 2017](https://eprint.iacr.org/2016/1123)).
//!
//! Slow runs are the machine's doing more often than the code's, so the test is
//! repeated on what is below several percentiles of both sets together, and the
//! largest result counts.

/// Percentiles of both sets that times are cropped to.
const CROPS: [f64; 6] = [1.0, 0.99, 0.95, 0.9, 0.75, 0.5];

/// Above this the sets hardly come from the same distribution.
pub const SUSPICIOUS: f64 = 4.5;

/// Returns the largest |t| of all croppings.
///
/// # Panics
///
/// If a set is empty.
pub fn largest_t(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<f64> = a.iter().chain(b).copied().collect();
    all.sort_by(f64::total_cmp);
    let t = CROPS.map(|crop| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "counts of measurements are far below 2^52"
        )]
        let limit = all[(((all.len() - 1) as f64) * crop) as usize];
        let below = |set: &[f64]| -> Vec<f64> {
            set.iter().copied().filter(|time| *time <= limit).collect()
        };
        t(&below(a), &below(b)).abs()
    });
    t.into_iter().fold(0.0, f64::max)
}

/// Welch's t of two sets; 0 for sets that are too small.
fn t(a: &[f64], b: &[f64]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 0.0;
    }
    let ((mean_a, error_a), (mean_b, error_b)) = (mean_and_error(a), mean_and_error(b));
    let error = error_a + error_b;
    if error == 0.0 {
        return 0.0;
    }
    (mean_a - mean_b) / error.sqrt()
}

/// The mean, and the square of its standard error.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of measurements are far below 2^52"
)]
fn mean_and_error(set: &[f64]) -> (f64, f64) {
    let count = set.len() as f64;
    let mean = set.iter().sum::<f64>() / count;
    let squares: f64 = set.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Times between 100 and 101, some of them much larger.
    fn times(random: &mut Random, offset: f64) -> Vec<f64> {
        let times = (0..5000).map(|_| {
            let noise = random.below(1000) as f64 / 1000.0;
            let slow = if random.below(20) == 0 { 300.0 } else { 0.0 };
            100.0 + noise + slow + offset
        });
        times.collect()
    }

    #[test]
    fn equal_times_are_not_suspicious_and_a_small_difference_under_noise_is() {
        let mut random = Random::new();
        let (a, b) = (times(&mut random, 0.0), times(&mut random, 0.0));
        // Of 5000 measurements |t| is above 6 once in hundreds of millions.
        assert!(largest_t(&a, &b) < 6.0);
        let slower = times(&mut random, 0.1);
        assert!(largest_t(&a, &slower) > SUSPICIOUS);
    }

    #[test]
    fn t_is_the_difference_in_standard_errors() {
        let (a, b) = ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]);
        assert!((t(&a, &b) + 1.0 / (2.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(t(&a, &[1.0]), 0.0);
    }
}

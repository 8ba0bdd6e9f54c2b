//! Which days and times exist, whether free or not.

use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Weekday};

/// How many working days ahead can be booked.
const BOOKABLE_DAYS: usize = 10;

/// Start times of a day, in minutes after midnight: every half hour from 9:00,
/// without the lunch hour.
const TIMES_MINUTES: [u16; 14] = [
    540, 570, 600, 630, 660, 690, 780, 810, 840, 870, 900, 930, 960, 990,
];

/// Knows today, and from it the days that can be booked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    today: fn() -> Date,
}

impl Calendar {
    /// Takes today from the system's clock, in UTC.
    pub(crate) fn system() -> Self {
        Self::with_today(|| OffsetDateTime::now_utc().date())
    }

    pub(crate) fn with_today(today: fn() -> Date) -> Self {
        Self { today }
    }

    /// Lists the days that can be booked: working days from tomorrow on, as id
    /// (`2026-11-23`) and title (`Mon 23 Nov 2026`).
    pub(crate) fn days(&self) -> Vec<(String, String)> {
        let mut days = Vec::with_capacity(BOOKABLE_DAYS);
        let mut day = (self.today)();
        while days.len() < BOOKABLE_DAYS {
            day = match day.checked_add(Duration::DAY) {
                Some(next) => next,
                None => break,
            };
            if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                days.push((day_id(day), day_title(day)));
            }
        }
        days
    }

    /// Returns the title of a day that can be booked.
    pub(crate) fn day_title(&self, id: &str) -> Option<String> {
        self.days()
            .into_iter()
            .find(|(day, _)| day == id)
            .map(|(_, title)| title)
    }

    /// Lists the start times of a day, as `09:30`.
    pub(crate) fn times(&self) -> impl Iterator<Item = String> {
        TIMES_MINUTES
            .iter()
            .map(|minutes| format!("{:02}:{:02}", minutes / 60, minutes % 60))
    }
}

fn day_id(day: Date) -> String {
    let form = format_description!("[year]-[month]-[day]");
    day.format(form).unwrap_or_default()
}

fn day_title(day: Date) -> String {
    let form =
        format_description!("[weekday repr:short] [day padding:none] [month repr:short] [year]");
    day.format(form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn weekends_are_passed_over() {
        let friday = Calendar::with_today(|| date!(2026 - 11 - 20));
        let days = friday.days();
        assert_eq!(days.len(), BOOKABLE_DAYS);
        assert_eq!(
            days[0],
            ("2026-11-23".to_owned(), "Mon 23 Nov 2026".to_owned())
        );
        assert_eq!(days[5].0, "2026-11-30");
        assert_eq!(friday.day_title("2026-11-21"), None);
        assert_eq!(friday.day_title("2026-11-20"), None);
    }

    #[test]
    fn the_last_day_of_time_is_no_panic() {
        assert!(Calendar::with_today(|| Date::MAX).days().is_empty());
    }

    #[test]
    fn times_have_two_digits_and_no_lunch() {
        let times: Vec<String> = Calendar::system().times().collect();
        assert_eq!(times[0], "09:00");
        assert_eq!(times[13], "16:30");
        assert!(!times.contains(&"12:00".to_owned()));
    }
}

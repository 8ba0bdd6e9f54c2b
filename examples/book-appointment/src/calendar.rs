//! Which days and times exist, whether free or not.

use std::fmt;
use std::str::FromStr;

use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, Weekday};

/// How many working days ahead can be booked.
const BOOKABLE_DAYS: usize = 10;

/// Start times of a day, in minutes after midnight: every half hour from 9:00,
/// without the lunch hour.
const TIMES_MINUTES: [u16; 14] = [
    540, 570, 600, 630, 660, 690, 780, 810, 840, 870, 900, 930, 960, 990,
];

const DATE_FORM: StaticFormatDescription = format_description!("[year]-[month]-[day]");
const TITLE_FORM: StaticFormatDescription =
    format_description!("[weekday repr:short] [day padding:none] [month repr:short] [year]");
const TIME_FORM: StaticFormatDescription = format_description!("[hour]:[minute]");

/// A day, written `2026-11-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Date(time::Date);

/// A time of day to the minute, written `09:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Time(time::Time);

/// Knows today, and from it the days that can be booked.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    today: fn() -> time::Date,
}

impl Calendar {
    /// Takes today from the system's clock, in UTC.
    pub fn system() -> Self {
        Self::with_today(|| OffsetDateTime::now_utc().date())
    }

    /// Takes today from a function, for tests.
    pub fn with_today(today: fn() -> time::Date) -> Self {
        Self { today }
    }

    /// Lists the days that can be booked: working days from tomorrow on.
    pub(crate) fn days(&self) -> Vec<Date> {
        let mut days = Vec::with_capacity(BOOKABLE_DAYS);
        let mut day = (self.today)();
        while days.len() < BOOKABLE_DAYS {
            day = match day.checked_add(Duration::DAY) {
                Some(next) => next,
                None => break,
            };
            if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                days.push(Date(day));
            }
        }
        days
    }

    /// Lists the start times of a day.
    pub(crate) fn times(&self) -> impl Iterator<Item = Time> {
        TIMES_MINUTES
            .iter()
            .map(|minutes| Time(time::Time::MIDNIGHT + Duration::minutes((*minutes).into())))
    }
}

impl Date {
    /// Writes the day for people: `Mon 23 Nov 2026`.
    pub(crate) fn title(self) -> String {
        self.0.format(TITLE_FORM).unwrap_or_default()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(DATE_FORM).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(TIME_FORM).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Date {
    type Err = time::error::Parse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        time::Date::parse(text, DATE_FORM).map(Self)
    }
}

impl FromStr for Time {
    type Err = time::error::Parse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        time::Time::parse(text, TIME_FORM).map(Self)
    }
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
        assert_eq!(days[0].to_string(), "2026-11-23");
        assert_eq!(days[0].title(), "Mon 23 Nov 2026");
        assert_eq!(days[5].to_string(), "2026-11-30");
    }

    #[test]
    fn the_last_day_of_time_is_no_panic() {
        let calendar = Calendar::with_today(|| time::Date::MAX);
        assert!(calendar.days().is_empty());
    }

    #[test]
    fn times_have_two_digits_and_no_lunch() {
        let times: Vec<String> = Calendar::system()
            .times()
            .map(|time| time.to_string())
            .collect();
        assert_eq!(times[0], "09:00");
        assert_eq!(times[13], "16:30");
        assert!(!times.contains(&"12:00".to_owned()));
    }

    #[test]
    fn dates_and_times_are_read_as_they_are_written() {
        assert_eq!("2026-11-23".parse(), Ok(Date(date!(2026 - 11 - 23))));
        assert_eq!("09:30".parse::<Time>().unwrap().to_string(), "09:30");
        for text in ["", "2026-13-01", "2026-11-23 ", "23.11.2026", "none"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        for text in ["", "24:00", "9:30", "09:30:00"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}

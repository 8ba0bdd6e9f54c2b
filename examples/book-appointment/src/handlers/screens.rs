//! The data of each screen, in the form that `flow.json` declares.

use serde::Serialize;

use super::store::Choice;

/// An entry of a drop-down list.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) enabled: bool,
}

/// Data of the screen `APPOINTMENT`.
#[derive(Debug, Serialize)]
pub(crate) struct AppointmentData {
    pub(crate) department: Vec<Item>,
    pub(crate) location: Vec<Item>,
    pub(crate) is_location_enabled: bool,
    pub(crate) date: Vec<Item>,
    pub(crate) is_date_enabled: bool,
    pub(crate) time: Vec<Item>,
    pub(crate) is_time_enabled: bool,
}

/// Data of the screen `SUMMARY`.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryData {
    pub(crate) appointment: String,
    pub(crate) details: String,
}

impl From<Choice> for Item {
    fn from(choice: Choice) -> Self {
        Self {
            id: choice.id,
            title: choice.title,
            enabled: true,
        }
    }
}

/// Fills a list that cannot be chosen from yet: WhatsApp wants at least one
/// entry in a list.
pub(crate) fn placeholder(title: &str) -> Vec<Item> {
    vec![Item {
        id: "none".to_owned(),
        title: title.to_owned(),
        enabled: false,
    }]
}

//! What can be booked.

use async_graphql::{ComplexObject, Context, Description, ID, Object, Result, SimpleObject};

use super::loaders::{DepartmentsAt, LocationsOf, loaders};
use crate::calendar::{Calendar, Date, Time};
use crate::store::{self, Store};

/// A department of the business.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct Department {
    pub(super) id: ID,
    pub(super) name: String,
}

/// A place where departments are.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct Location {
    pub(super) id: ID,
    pub(super) name: String,
}

/// A day on which appointments are given.
#[derive(SimpleObject)]
pub(super) struct Day {
    pub(super) date: Date,
    /// The day for people, such as `Mon 23 Nov 2026`.
    pub(super) title: String,
}

/// A time at which an appointment begins.
#[derive(SimpleObject)]
pub(super) struct TimeSlot {
    pub(super) time: Time,
    /// Whether it can be booked.
    pub(super) is_free: bool,
}

/// What is on offer, narrowed down by what has been chosen. A choice that is not
/// on offer counts as not made.
#[derive(Clone, Default, Description)]
pub(crate) struct Offer {
    department: Option<String>,
    location: Option<String>,
    date: Option<Date>,
    contact_known: bool,
}

impl Offer {
    /// Narrows the offer down.
    pub(super) async fn narrowed(
        context: &Context<'_>,
        department: Option<String>,
        location: Option<String>,
        date: Option<Date>,
    ) -> Result<Self> {
        // PostgreSQL takes no NUL in a text.
        let Some(department) = department.filter(|id| !id.contains('\0')) else {
            return Ok(Self::default());
        };
        let locations = loaders(context)?
            .load_one(LocationsOf(department.clone()))
            .await?;
        // A department that is nowhere cannot be chosen.
        let Some(locations) = locations else {
            return Ok(Self::default());
        };
        let location = location.filter(|id| locations.iter().any(|location| location.id == *id));
        let days = context.data::<Calendar>()?.days();
        let date = date.filter(|date| location.is_some() && days.contains(date));
        Ok(Self {
            department: Some(department),
            location,
            date,
            contact_known: false,
        })
    }

    /// Says that it is known who comes.
    pub(super) fn for_known_contact(mut self, contact_known: bool) -> Self {
        self.contact_known = contact_known;
        self
    }

    /// Narrows the offer down to what surrounds a slot.
    pub(super) async fn around(context: &Context<'_>, slot: &store::Slot) -> Result<Self> {
        let (department, location) = (slot.department.clone(), slot.location.clone());
        Self::narrowed(context, Some(department), Some(location), Some(slot.date)).await
    }

    /// Returns the slot at a time of the chosen day, free or not; none if
    /// something has not been chosen or the time is not on offer.
    pub(super) fn slot(&self, calendar: &Calendar, time: Option<Time>) -> Option<store::Slot> {
        let time = time?;
        Some(store::Slot {
            department: self.department.clone()?,
            location: self.location.clone()?,
            date: self.date?,
            time: calendar.times().find(|offered| *offered == time)?,
        })
    }
}

#[Object(use_type_description)]
impl Offer {
    /// All departments.
    async fn departments(&self, context: &Context<'_>) -> Result<Vec<Department>> {
        let departments = context.data::<Store>()?.departments().await?;
        Ok(departments.into_iter().map(Department::from).collect())
    }

    /// Whether a location can be chosen: once a department is.
    async fn can_choose_location(&self) -> bool {
        self.department.is_some()
    }

    /// Locations of the chosen department; all while none is chosen.
    async fn locations(&self, context: &Context<'_>) -> Result<Vec<Location>> {
        let locations = match &self.department {
            Some(department) => {
                let key = LocationsOf(department.clone());
                loaders(context)?.load_one(key).await?.unwrap_or_default()
            }
            None => context.data::<Store>()?.locations().await?,
        };
        Ok(locations.into_iter().map(Location::from).collect())
    }

    /// Whether a day can be chosen: once a location is.
    async fn can_choose_day(&self) -> bool {
        self.location.is_some()
    }

    /// The days on which appointments are given.
    async fn days(&self, context: &Context<'_>) -> Result<Vec<Day>> {
        let days = context.data::<Calendar>()?.days();
        Ok(days.into_iter().map(Day::from).collect())
    }

    /// Whether a time can be chosen: once a day is.
    async fn can_choose_time(&self) -> bool {
        self.date.is_some()
    }

    /// Whether it is known who comes, so that the next choice need not ask again.
    async fn contact_known(&self) -> bool {
        self.contact_known
    }

    /// The times of a day. None is free while department, location and day have
    /// not all been chosen.
    async fn times(&self, context: &Context<'_>) -> Result<Vec<TimeSlot>> {
        let taken = match (&self.department, &self.location, self.date) {
            (Some(department), Some(location), Some(date)) => {
                let store = context.data::<Store>()?;
                Some(store.taken_times(department, location, date).await?)
            }
            _ => None,
        };
        let times = context.data::<Calendar>()?.times();
        Ok(times
            .map(|time| TimeSlot {
                time,
                is_free: taken.as_ref().is_some_and(|taken| !taken.contains(&time)),
            })
            .collect())
    }
}

#[ComplexObject]
impl Department {
    /// Where the department is.
    async fn locations(&self, context: &Context<'_>) -> Result<Vec<Location>> {
        let key = LocationsOf(self.id.to_string());
        let locations = loaders(context)?.load_one(key).await?.unwrap_or_default();
        Ok(locations.into_iter().map(Location::from).collect())
    }
}

#[ComplexObject]
impl Location {
    /// Which departments are here.
    async fn departments(&self, context: &Context<'_>) -> Result<Vec<Department>> {
        let key = DepartmentsAt(self.id.to_string());
        let departments = loaders(context)?.load_one(key).await?.unwrap_or_default();
        Ok(departments.into_iter().map(Department::from).collect())
    }
}

impl From<store::Department> for Department {
    fn from(department: store::Department) -> Self {
        Self {
            id: department.id.into(),
            name: department.name,
        }
    }
}

impl From<store::Location> for Location {
    fn from(location: store::Location) -> Self {
        Self {
            id: location.id.into(),
            name: location.name,
        }
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self {
            date,
            title: date.title(),
        }
    }
}

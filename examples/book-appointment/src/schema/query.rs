//! Questions.

use async_graphql::{Context, ID, Object, Result};

use super::enquiry::Booking;
use super::offer::{Department, Offer};
use super::results::{OfferResult, SessionEnded};
use crate::calendar::Date;
use crate::customer::Session;
use crate::store::Store;

/// What can be asked.
pub struct Query;

#[Object]
impl Query {
    /// All departments of the business.
    async fn departments(&self, context: &Context<'_>) -> Result<Vec<Department>> {
        let departments = context.data::<Store>()?.departments().await?;
        Ok(departments.into_iter().map(Department::from).collect())
    }

    /// What is on offer, narrowed down by what has been chosen so far.
    async fn offer(
        &self,
        context: &Context<'_>,
        department: Option<ID>,
        location: Option<ID>,
        date: Option<Date>,
    ) -> Result<OfferResult> {
        if let Some(ended) = ended(context).await? {
            return Ok(OfferResult::SessionEnded(ended));
        }
        let (department, location) = (department.map(|id| id.0), location.map(|id| id.0));
        let offer = Offer::narrowed(context, department, location, date).await?;
        Ok(OfferResult::Offer(offer))
    }

    /// What is on offer, narrowed down by the slot that the customer has chosen.
    async fn offer_around_choice(&self, context: &Context<'_>) -> Result<OfferResult> {
        if let Some(ended) = ended(context).await? {
            return Ok(OfferResult::SessionEnded(ended));
        }
        let Session { customer, .. } = context.data()?;
        let offer = match context.data::<Store>()?.enquiry(customer).await? {
            Some(enquiry) => Offer::around(context, &enquiry.slot).await?,
            None => Offer::default(),
        };
        Ok(OfferResult::Offer(offer))
    }

    /// The booking of the customer, if there is one.
    async fn booking(&self, context: &Context<'_>) -> Result<Option<Booking>> {
        let Session { customer, .. } = context.data()?;
        let booking = context.data::<Store>()?.booking(customer).await?;
        Ok(booking.map(Booking))
    }
}

/// Tells a customer who has booked that there is nothing more to do.
pub(super) async fn ended(context: &Context<'_>) -> Result<Option<SessionEnded>> {
    let Session { customer, .. } = context.data()?;
    let booking = context.data::<Store>()?.booking(customer).await?;
    Ok(booking.map(|booking| SessionEnded::with(booking.number)))
}

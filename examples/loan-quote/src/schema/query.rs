//! Questions.

use async_graphql::{Context, ID, Object, Result};

use super::types::{
    AffordableQuoteResult, LoanOffer, LoanOfferResult, Product, Quote, QuoteExpired, SessionEnded,
    Unaffordable,
};
use super::{customer, desk, now};
use crate::business::{self, PRODUCTS, Terms};

/// What can be asked.
pub(crate) struct Query;

#[Object]
impl Query {
    /// All kinds of loans.
    async fn products(&self) -> Vec<Product> {
        PRODUCTS.iter().map(Product).collect()
    }

    /// What can be had, narrowed down by what has been chosen and entered so far.
    async fn loan_offer(
        &self,
        context: &Context<'_>,
        product: Option<ID>,
        #[graphql(desc = "In euros.")] amount: Option<u64>,
        months: Option<u32>,
        promotion: Option<String>,
    ) -> Result<LoanOfferResult> {
        if let Some(ended) = ended(context)? {
            return Ok(LoanOfferResult::SessionEnded(ended));
        }
        let product = product.and_then(|id| business::product(&id));
        let mut offer = LoanOffer::of(product);
        if let (Some(product), Some(amount), Some(months)) = (product, amount, months) {
            offer.estimate = match Terms::of(product, amount, months, promotion.as_deref()) {
                Ok(terms) => terms.summary(),
                Err(reason) => reason.to_string(),
            };
        }
        Ok(LoanOfferResult::LoanOffer(offer))
    }

    /// What can be had, narrowed down by the latest quote.
    async fn loan_offer_around_quote(&self, context: &Context<'_>) -> Result<LoanOfferResult> {
        if let Some(ended) = ended(context)? {
            return Ok(LoanOfferResult::SessionEnded(ended));
        }
        let offer = offer_around_quote(context)?;
        Ok(LoanOfferResult::LoanOffer(offer))
    }

    /// A quote for somebody who earns so much, if he can pay.
    async fn affordable_quote(
        &self,
        context: &Context<'_>,
        quote: ID,
        #[graphql(desc = "In euros a month.")] income: u64,
    ) -> Result<AffordableQuoteResult> {
        if let Some(ended) = ended(context)? {
            return Ok(AffordableQuoteResult::SessionEnded(ended));
        }
        let (desk, customer) = (desk(context)?, customer(context)?);
        let id = quote.parse().ok();
        let quote = id.and_then(|id| desk.valid_quote(customer, id, now()));
        Ok(match quote {
            Some(quote) if quote.terms.is_affordable_with(income) => {
                AffordableQuoteResult::Quote(Quote(quote))
            }
            Some(_) => AffordableQuoteResult::Unaffordable(Unaffordable {
                message: "The monthly payment would be more than two fifths of your income."
                    .to_owned(),
            }),
            None => {
                let offer = offer_around_quote(context)?;
                AffordableQuoteResult::QuoteExpired(QuoteExpired::with(offer))
            }
        })
    }
}

/// Tells a customer who has applied that there is nothing more to do.
pub(super) fn ended(context: &Context<'_>) -> Result<Option<SessionEnded>> {
    let application = desk(context)?.application(customer(context)?);
    Ok(application.as_ref().map(SessionEnded::with))
}

pub(super) fn offer_around_quote(context: &Context<'_>) -> Result<LoanOffer> {
    let quote = desk(context)?.last_quote(customer(context)?);
    Ok(match quote {
        Some(quote) => LoanOffer {
            product: Some(quote.terms.product),
            estimate: quote.terms.summary(),
        },
        None => LoanOffer::of(None),
    })
}

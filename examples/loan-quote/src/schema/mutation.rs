//! What customers do.

use async_graphql::{Context, ID, Object, Result};

use super::query::{ended, offer_around_quote};
use super::types::{
    Application, ApplyResult, InvalidInput, Quote, QuoteExpired, RequestQuoteResult, SessionEnded,
};
use super::{customer, desk, now, request};
use crate::business::{self, Applied, NoTerms, Terms};

/// Longest name that is taken.
const MAX_NAME_CHARS: usize = 100;

/// What can be done.
pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Asks for terms that hold for an hour.
    async fn request_quote(
        &self,
        context: &Context<'_>,
        product: ID,
        #[graphql(desc = "In euros.")] amount: u64,
        months: u32,
        promotion: Option<String>,
    ) -> Result<RequestQuoteResult> {
        if let Some(ended) = ended(context)? {
            return Ok(RequestQuoteResult::SessionEnded(ended));
        }
        let terms = business::product(&product)
            .ok_or(NoTerms::UnknownProduct)
            .and_then(|product| Terms::of(product, amount, months, promotion.as_deref()));
        Ok(match terms {
            Ok(terms) => {
                let quote = desk(context)?.quote(customer(context)?, terms, now());
                RequestQuoteResult::Quote(Quote(quote))
            }
            Err(reason) => RequestQuoteResult::InvalidInput(reason.into()),
        })
    }

    /// Applies for what a quote says. The same request again gets the same
    /// application.
    async fn apply(
        &self,
        context: &Context<'_>,
        quote: ID,
        name: String,
        accept_terms: bool,
    ) -> Result<ApplyResult> {
        let invalid = |message| Ok(ApplyResult::InvalidInput(InvalidInput::because(message)));
        if name.trim().is_empty() {
            return invalid("Please tell us your name.");
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return invalid("Please shorten your name.");
        }
        if !accept_terms {
            return invalid("Please accept the terms to apply.");
        }
        let applied = match quote.parse() {
            Ok(id) => desk(context)?.apply(customer(context)?, &request(context)?, id, now()),
            Err(_) => Applied::QuoteExpired,
        };
        Ok(match applied {
            Applied::Made(application) => ApplyResult::Application(Application(application)),
            Applied::Before(application) => {
                ApplyResult::SessionEnded(SessionEnded::with(&application))
            }
            Applied::QuoteExpired => {
                ApplyResult::QuoteExpired(QuoteExpired::with(offer_around_quote(context)?))
            }
        })
    }
}

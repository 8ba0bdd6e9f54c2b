//! The lender: products, quotes and applications.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// How long a quote holds.
const QUOTE_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Largest part of an income that may go into the loan.
const MAX_PERCENT_OF_INCOME: u64 = 40;

/// Cents of a euro.
const CENTS: u64 = 100;

/// A kind of loan.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// Smallest and largest amount in euros.
    pub(crate) amounts: (u64, u64),
    /// How many months it can run.
    pub(crate) terms: &'static [u32],
    /// Interest in hundredths of a percent a year.
    pub(crate) rate: u32,
}

/// What the lender has.
pub(crate) const PRODUCTS: [Product; 3] = [
    Product {
        id: "car",
        name: "Car loan",
        description: "For a new or a used car",
        amounts: (3_000, 60_000),
        terms: &[24, 36, 48, 60],
        rate: 490,
    },
    Product {
        id: "home",
        name: "Home improvement",
        description: "For a kitchen, a roof, a heat pump",
        amounts: (5_000, 80_000),
        terms: &[36, 60, 84, 120],
        rate: 420,
    },
    Product {
        id: "free",
        name: "Personal loan",
        description: "For whatever you like",
        amounts: (1_000, 25_000),
        terms: &[12, 24, 36, 48],
        rate: 690,
    },
];

/// Lowers the rate of those who know it.
const PROMOTION: &str = "SPRING";

/// By how many hundredths of a percent a year.
const PROMOTION_RATE: u32 = 100;

/// What a customer would pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) product: &'static Product,
    /// In euros.
    pub(crate) amount: u64,
    pub(crate) months: u32,
    /// Interest in hundredths of a percent a year.
    pub(crate) rate: u32,
}

/// Terms that hold for one customer and a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) id: u64,
    pub(crate) terms: Terms,
    until: SystemTime,
}

/// What a customer has applied for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) number: u64,
    pub(crate) terms: Terms,
    /// The request that made it.
    pub(crate) request: String,
}

/// Says why there are no terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTerms {
    #[error("Please choose a loan.")]
    UnknownProduct,
    #[error("Please choose how long the loan runs.")]
    UnknownTerm,
    #[error("Please enter an amount between {0} and {1} euros.")]
    AmountOutOfRange(u64, u64),
    #[error("We do not know this code.")]
    UnknownPromotion,
}

/// How an application went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The customer has applied, now or before by the same request.
    Made(Application),
    /// The customer has applied by another request.
    Before(Application),
    /// There is no such quote, or not any more.
    QuoteExpired,
}

/// Keeps the latest quote and the application of each customer.
///
/// A short cut: in memory, until the program ends. `book-appointment` shows a
/// database.
#[derive(Debug, Default)]
pub(crate) struct Desk(Mutex<Files>);

#[derive(Debug, Default)]
struct Files {
    last_number: u64,
    customers: HashMap<String, File>,
}

#[derive(Debug, Default)]
struct File {
    quote: Option<Quote>,
    application: Option<Application>,
}

/// Finds a product.
pub(crate) fn product(id: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.id == id)
}

impl Terms {
    /// Checks what a customer wants.
    pub(crate) fn of(
        product: &'static Product,
        amount: u64,
        months: u32,
        promotion: Option<&str>,
    ) -> Result<Self, NoTerms> {
        let (least, most) = product.amounts;
        if !(least..=most).contains(&amount) {
            return Err(NoTerms::AmountOutOfRange(least, most));
        }
        if !product.terms.contains(&months) {
            return Err(NoTerms::UnknownTerm);
        }
        let discount = match promotion.map(str::trim).filter(|code| !code.is_empty()) {
            None => 0,
            Some(code) if code.eq_ignore_ascii_case(PROMOTION) => PROMOTION_RATE,
            Some(_) => return Err(NoTerms::UnknownPromotion),
        };
        Ok(Self {
            product,
            amount,
            months,
            rate: product.rate - discount,
        })
    }

    /// Returns what is to be paid each month, in cents: an annuity.
    pub(crate) fn monthly_cents(&self) -> u64 {
        let rate = f64::from(self.rate) / 10_000.0 / 12.0;
        let cents = (self.amount * CENTS) as f64;
        let months = f64::from(self.months);
        (cents * rate / (1.0 - (1.0 + rate).powf(-months))).ceil() as u64
    }

    /// Tells whether somebody with this income a month, in euros, can pay.
    pub(crate) fn is_affordable_with(&self, income: u64) -> bool {
        self.monthly_cents() <= income.saturating_mul(CENTS) / 100 * MAX_PERCENT_OF_INCOME
    }

    /// Writes the terms for people, in two lines.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{} of EUR {} over {} months at {}.{:02} %\nEUR {} a month",
            self.product.name,
            self.amount,
            self.months,
            self.rate / 100,
            self.rate % 100,
            euros(self.monthly_cents()),
        )
    }
}

impl Desk {
    /// Makes a quote, in place of an earlier one of the customer.
    pub(crate) fn quote(&self, customer: &str, terms: Terms, now: SystemTime) -> Quote {
        let mut files = self.lock();
        let quote = Quote {
            id: files.next_number(),
            terms,
            until: now + QUOTE_LIFETIME,
        };
        files.file(customer).quote = Some(quote.clone());
        quote
    }

    /// Returns the latest quote of a customer, whether it holds or not.
    pub(crate) fn last_quote(&self, customer: &str) -> Option<Quote> {
        self.lock().file(customer).quote.clone()
    }

    /// Returns a quote of a customer that holds.
    pub(crate) fn valid_quote(&self, customer: &str, id: u64, now: SystemTime) -> Option<Quote> {
        self.last_quote(customer)
            .filter(|quote| quote.id == id && now < quote.until)
    }

    /// Returns the application of a customer.
    pub(crate) fn application(&self, customer: &str) -> Option<Application> {
        self.lock().file(customer).application.clone()
    }

    /// Applies for what a quote says; once, however often it is asked.
    pub(crate) fn apply(
        &self,
        customer: &str,
        request: &str,
        quote: u64,
        now: SystemTime,
    ) -> Applied {
        let mut files = self.lock();
        let file = files.file(customer);
        match &file.application {
            Some(application) if application.request == request => {
                return Applied::Made(application.clone());
            }
            Some(application) => return Applied::Before(application.clone()),
            None => {}
        }
        let terms = match &file.quote {
            Some(held) if held.id == quote && now < held.until => held.terms,
            _ => return Applied::QuoteExpired,
        };
        let application = Application {
            number: files.next_number(),
            terms,
            request: request.to_owned(),
        };
        files.file(customer).application = Some(application.clone());
        Applied::Made(application)
    }

    /// Locks the files; no code panics while holding them, so poison means
    /// nothing.
    fn lock(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn file(&mut self, customer: &str) -> &mut File {
        self.customers.entry(customer.to_owned()).or_default()
    }
}

fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / CENTS, cents % CENTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn car(amount: u64) -> Terms {
        Terms::of(&PRODUCTS[0], amount, 48, None).unwrap()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn payments_are_annuities() {
        // 10 000 at 4.9 % over 48 months, as every loan calculator says.
        assert_eq!(car(10_000).monthly_cents(), 22_985);
        assert_eq!(
            car(10_000).summary(),
            "Car loan of EUR 10000 over 48 months at 4.90 %\nEUR 229.85 a month"
        );
    }

    #[test]
    fn what_is_not_on_offer_has_no_terms() {
        let car = &PRODUCTS[0];
        for amount in [0, 2_999, 60_001, u64::MAX] {
            let terms = Terms::of(car, amount, 48, None);
            assert_eq!(terms, Err(NoTerms::AmountOutOfRange(3_000, 60_000)));
        }
        assert_eq!(Terms::of(car, 3_000, 47, None), Err(NoTerms::UnknownTerm));
        let promoted = |code| Terms::of(car, 3_000, 48, Some(code)).map(|terms| terms.rate);
        assert_eq!(promoted(" spring "), Ok(390));
        assert_eq!(promoted(""), Ok(490));
        assert_eq!(promoted("AUTUMN"), Err(NoTerms::UnknownPromotion));
    }

    #[test]
    fn two_fifths_of_the_income_are_the_limit() {
        assert!(!car(10_000).is_affordable_with(574));
        assert!(car(10_000).is_affordable_with(575));
        assert!(car(10_000).is_affordable_with(u64::MAX));
    }

    #[test]
    fn quotes_end_and_belong_to_their_customer() {
        let desk = Desk::default();
        let quote = desk.quote("a", car(10_000), at(0));
        assert_eq!(desk.apply("b", "1", quote.id, at(0)), Applied::QuoteExpired);
        assert_eq!(
            desk.apply("a", "1", quote.id, at(3600)),
            Applied::QuoteExpired
        );
        let newer = desk.quote("a", car(20_000), at(0));
        assert_eq!(desk.apply("a", "1", quote.id, at(0)), Applied::QuoteExpired);
        assert!(matches!(
            desk.apply("a", "1", newer.id, at(3599)),
            Applied::Made(_)
        ));
    }

    #[test]
    fn a_customer_applies_once() {
        let desk = Desk::default();
        let quote = desk.quote("a", car(10_000), at(0));
        let first = desk.apply("a", "1", quote.id, at(0));
        assert!(matches!(first, Applied::Made(_)));
        assert_eq!(desk.apply("a", "1", quote.id, at(9999)), first);
        assert!(matches!(
            desk.apply("a", "2", quote.id, at(0)),
            Applied::Before(_)
        ));
    }
}

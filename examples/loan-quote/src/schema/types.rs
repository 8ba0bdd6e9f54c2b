//! Types of the schema.

use async_graphql::{Description, ID, Object, SimpleObject, Union};

use crate::business::{self, NoTerms, PRODUCTS};

/// A kind of loan.
#[derive(Description)]
pub(crate) struct Product(pub(crate) &'static business::Product);

/// How long a loan can run.
#[derive(SimpleObject)]
pub(crate) struct Term {
    /// The number of months.
    id: ID,
    title: String,
}

/// What can be had, narrowed down by what has been chosen.
#[derive(Description)]
pub(crate) struct LoanOffer {
    pub(crate) product: Option<&'static business::Product>,
    pub(crate) estimate: String,
}

/// Terms that hold for an hour.
#[derive(Description)]
pub(crate) struct Quote(pub(crate) business::Quote);

/// What the customer has applied for.
#[derive(Description)]
pub(crate) struct Application(pub(crate) business::Application);

/// Something is missing, wrong or out of range; the message says what to change.
#[derive(SimpleObject)]
pub(crate) struct InvalidInput {
    message: String,
}

/// The income is too small for the loan.
#[derive(SimpleObject)]
pub(crate) struct Unaffordable {
    pub(crate) message: String,
}

/// The quote does not hold any more. What can be had comes along.
#[derive(SimpleObject)]
pub(crate) struct QuoteExpired {
    message: String,
    #[graphql(flatten)]
    offer: LoanOffer,
}

/// The customer has applied already: nothing more can be done here.
#[derive(SimpleObject)]
pub(crate) struct SessionEnded {
    message: String,
    /// The number of the application.
    number: u64,
}

/// What can be had by a customer.
#[derive(Union)]
pub(crate) enum LoanOfferResult {
    LoanOffer(LoanOffer),
    SessionEnded(SessionEnded),
}

/// What became of a request for a quote.
#[derive(Union)]
pub(crate) enum RequestQuoteResult {
    Quote(Quote),
    InvalidInput(InvalidInput),
    SessionEnded(SessionEnded),
}

/// Whether the customer can pay.
#[derive(Union)]
pub(crate) enum AffordableQuoteResult {
    Quote(Quote),
    Unaffordable(Unaffordable),
    QuoteExpired(QuoteExpired),
    SessionEnded(SessionEnded),
}

/// What became of the application.
#[derive(Union)]
pub(crate) enum ApplyResult {
    Application(Application),
    InvalidInput(InvalidInput),
    QuoteExpired(QuoteExpired),
    SessionEnded(SessionEnded),
}

#[Object(use_type_description)]
impl Product {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &'static str {
        self.0.name
    }

    async fn description(&self) -> &'static str {
        self.0.description
    }

    /// The smallest amount, in euros.
    async fn minimum(&self) -> u64 {
        self.0.amounts.0
    }

    /// The largest amount, in euros.
    async fn maximum(&self) -> u64 {
        self.0.amounts.1
    }

    async fn terms(&self) -> Vec<Term> {
        terms_of(self.0)
    }
}

#[Object(use_type_description)]
impl LoanOffer {
    async fn products(&self) -> Vec<Product> {
        PRODUCTS.iter().map(Product).collect()
    }

    /// Whether a term can be chosen: once a product is.
    async fn can_choose_term(&self) -> bool {
        self.product.is_some()
    }

    /// The terms of the chosen product; those of the first while none is chosen.
    async fn terms(&self) -> Vec<Term> {
        terms_of(self.product.unwrap_or(&PRODUCTS[0]))
    }

    /// Which amounts are lent, for people.
    async fn amounts(&self) -> String {
        self.product.map_or_else(
            || "Choose a loan first.".to_owned(),
            |product| format!("EUR {} to {}", product.amounts.0, product.amounts.1),
        )
    }

    /// What the customer would pay, for people, or what is missing to say so.
    async fn estimate(&self) -> &str {
        &self.estimate
    }
}

#[Object(use_type_description)]
impl Quote {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn product(&self) -> Product {
        Product(self.0.terms.product)
    }

    /// In euros.
    async fn amount(&self) -> u64 {
        self.0.terms.amount
    }

    async fn months(&self) -> u32 {
        self.0.terms.months
    }

    /// What is to be paid each month, in cents.
    async fn monthly_cents(&self) -> u64 {
        self.0.terms.monthly_cents()
    }

    /// The terms for people, in two lines.
    async fn summary(&self) -> String {
        self.0.terms.summary()
    }
}

#[Object(use_type_description)]
impl Application {
    /// The number of the application.
    async fn number(&self) -> u64 {
        self.0.number
    }

    async fn product_id(&self) -> ID {
        self.0.terms.product.id.into()
    }

    /// In euros.
    async fn amount(&self) -> u64 {
        self.0.terms.amount
    }

    async fn months(&self) -> u32 {
        self.0.terms.months
    }

    /// What is to be paid each month, in cents.
    async fn monthly_cents(&self) -> u64 {
        self.0.terms.monthly_cents()
    }
}

impl LoanOffer {
    /// Narrows the offer down by a product, with nothing to estimate yet.
    pub(crate) fn of(product: Option<&'static business::Product>) -> Self {
        let missing = match product {
            Some(_) => "Enter an amount and choose a term.",
            None => "Choose a loan.",
        };
        Self {
            product,
            estimate: missing.to_owned(),
        }
    }
}

impl InvalidInput {
    pub(crate) fn because(message: &str) -> Self {
        Self {
            message: message.to_owned(),
        }
    }
}

impl From<NoTerms> for InvalidInput {
    fn from(reason: NoTerms) -> Self {
        Self::because(&reason.to_string())
    }
}

impl QuoteExpired {
    pub(crate) fn with(offer: LoanOffer) -> Self {
        Self {
            message: "This quote no longer holds. Please ask for a new one.".to_owned(),
            offer,
        }
    }
}

impl SessionEnded {
    pub(crate) fn with(application: &business::Application) -> Self {
        Self {
            message: format!(
                "You have applied already. The number of your application is {}.",
                application.number
            ),
            number: application.number,
        }
    }
}

fn terms_of(product: &business::Product) -> Vec<Term> {
    product
        .terms
        .iter()
        .map(|months| Term {
            id: ID::from(*months),
            title: match months % 12 {
                0 => format!("{} years", months / 12).replace("1 years", "1 year"),
                _ => format!("{months} months"),
            },
        })
        .collect()
}

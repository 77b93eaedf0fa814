//! What is agreed about the bookings of one request, and what is written of them.

use std::sync::Arc;

use domain::catalog::Team;
use domain::ids::UserId;
use domain::money::Money;
use domain::pricing::SeriesQuote;
use store::batch::{AgreedPrice, BookingDraft, ClientDetails};

use super::{Person, PriceOrder, Visits, agreed};
use crate::app::book::{Offer, PaymentMethod, Wish};
use crate::app::{App, Failure};

/// What is agreed about every booking of a request, but for the price.
pub(in crate::app) struct Terms {
    pub client: ClientDetails,
    pub client_user: Option<UserId>,
    pub payment_method: PaymentMethod,
    pub details: String,
    pub price: PriceOrder,
}

impl Terms {
    /// Who pays.
    pub fn person(&self) -> Person {
        Person { email: self.client.email.clone(), user: self.client_user }
    }

    /// What is written of a booking that costs `price`.
    pub fn draft(&self, price: AgreedPrice) -> BookingDraft {
        BookingDraft {
            client: self.client.clone(),
            client_user: self.client_user,
            price,
            payment_method: self.payment_method.name().to_owned(),
            details: self.details.clone(),
            series: None,
        }
    }
}

impl App {
    /// What is written of the booking that is wished for, with the price that is agreed.
    ///
    /// # Errors
    ///
    /// As [`App::agree`]; [`Failure::PaymentUnavailable`] when nobody can take what is to be paid.
    pub(in crate::app) async fn priced(
        &self,
        offer: Offer<'_>,
        team: &Team,
        terms: &Terms,
        wish: Wish,
    ) -> Result<Arc<BookingDraft>, Failure> {
        let visits = Visits::one(offer, team, wish.class, wish.starts_at);
        let person = terms.person();
        let SeriesQuote { quotes, total } =
            self.agree(&visits, &person, (&terms.price, offer.now)).await?;
        self.require_payable(total, terms.payment_method)?;
        let quote = quotes.first().ok_or(Failure::Internal)?;
        Ok(Arc::new(terms.draft(agreed(quote, &person))))
    }

    /// Refuses a way of paying that nobody here can take.
    fn require_payable(&self, total: Money, method: PaymentMethod) -> Result<(), Failure> {
        let is_card = method == PaymentMethod::Card && total.amount > 0;
        if is_card && !self.takes_cards() { Err(Failure::PaymentUnavailable) } else { Ok(()) }
    }
}

//! How the payment of a booking stands.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bookings::named;
use crate::app::{App, payment_of, payment_status};
use crate::auth::Action;
use crate::http::admin::request_view::facts;
use crate::http::extract::CallerContext;
use crate::http::problem::Problem;

/// What follows from what is known about the money for a booking, and what that is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentView {
    service_request_id: Uuid,
    #[schema(example = "cod_due")]
    status: &'static str,
    method: String,
    due: Due,
    facts: Vec<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentDue)]
struct Due {
    #[schema(example = 12950)]
    amount: i64,
    #[schema(example = "EUR")]
    currency: String,
}

/// Shows how the payment stands, to whoever may see the booking.
pub async fn get(
    app: Data<App>,
    caller: CallerContext,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let record = app.booking_for(&caller, named(&id)?, Action::ViewBooking).await?;
    let due = payment_of(&record).due;
    let mut facts = facts(&record);
    if !caller.is_staff() {
        // Clients learn that it was taken, not by which account.
        for fact in facts.iter_mut().filter_map(Value::as_object_mut) {
            fact.remove("by");
        }
    }
    Ok(HttpResponse::Ok().json(PaymentView {
        service_request_id: record.id.0,
        status: payment_status(&record),
        method: record.draft.payment_method.clone(),
        due: Due { amount: due.amount, currency: due.currency.to_string() },
        facts,
    }))
}

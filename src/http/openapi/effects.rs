//! Operations on what happens outside because of bookings: money, and other systems that are told.

use super::admin::{CURSOR, PAGE, read, setting};
use super::operation::{Access, Operation, Parameter};
use super::schemas::{list, object, one};
use crate::http::admin::money::{Clearing, PaymentCount, Refund};
use crate::http::admin::reconciliation::RunView;
use crate::http::admin::request_view::RequestView;
use crate::http::admin::webhooks::{self, DeliveryView, WebhookView};
use crate::http::codes::Code;

const DELIVERIES: &[Parameter] =
    &[("state", "string", "`planned`, `leased`, `retry`, `sent` or `dead`."), PAGE, CURSOR];

pub const OPERATIONS: &[Operation] = &[
    Operation::change(
        "POST",
        "/api/admin/service-requests/{id}/refund",
        "payments",
        "Gives money back that was paid by card",
    )
    .by(Access::Desk)
    .at_rev()
    .takes(one::<Refund>)
    .answers(200, one::<RequestView>)
    .fails(&[Code::RefundExceedsPayment, Code::PaymentDisputed, Code::OverrideReasonRequired]),
    Operation::change(
        "POST",
        "/api/admin/service-requests/{id}/clear-payment",
        "payments",
        "Answers every open question about the money",
    )
    .by(Access::Desk)
    .at_rev()
    .takes(one::<Clearing>)
    .answers(200, one::<RequestView>)
    .fails(&[Code::NothingInDoubt, Code::OverrideReasonRequired]),
    Operation::get("/api/admin/payments/counts", "payments", "Counts payments by how they stand")
        .by(Access::Desk)
        .answers(200, list::<PaymentCount>),
    Operation::get("/api/admin/reconciliation/runs", "payments", "Lists reconciliations")
        .by(Access::Desk)
        .answers(200, list::<RunView>),
    Operation::change(
        "POST",
        "/api/admin/reconciliation/runs",
        "payments",
        "Begins a reconciliation, or names the one under way",
    )
    .by(Access::Desk)
    .without_key()
    .answers(202, one::<RunView>)
    .fails(&[Code::PaymentUnavailable]),
    Operation::get("/api/admin/reconciliation/runs/{id}", "payments", "Shows what one has found")
        .by(Access::Desk)
        .answers(200, one::<RunView>),
    read("/api/admin/webhooks", "Lists endpoints that are told of events")
        .by(Access::Admin)
        .answers(200, list::<WebhookView>),
    setting("POST", "/api/admin/webhooks", "Adds an endpoint, and shows its secret")
        .takes(one::<webhooks::Fields>)
        .answers(201, one::<WebhookView>)
        .fails(&[Code::AddressNotAllowed]),
    read("/api/admin/webhooks/{id}", "Shows an endpoint")
        .by(Access::Admin)
        .answers(200, one::<WebhookView>),
    setting("PUT", "/api/admin/webhooks/{id}", "Replaces an endpoint")
        .at_rev()
        .takes(one::<webhooks::Fields>)
        .answers(200, one::<WebhookView>)
        .fails(&[Code::AddressNotAllowed]),
    setting("DELETE", "/api/admin/webhooks/{id}", "Deletes an endpoint").at_rev(),
    setting("POST", "/api/admin/webhooks/{id}/rotate", "Gives an endpoint a new secret")
        .at_rev()
        .answers(200, one::<WebhookView>),
    read("/api/admin/webhooks/{id}/deliveries", "Lists deliveries to an endpoint, newest first")
        .by(Access::Admin)
        .query(DELIVERIES)
        .answers(200, list::<DeliveryView>),
    Operation::change(
        "POST",
        "/api/admin/webhooks/{id}/deliveries/{delivery}/redeliver",
        "webhooks",
        "Has a delivery that is over made again",
    )
    .by(Access::Admin)
    .without_key()
    .answers(200, object)
    .fails(&[Code::NotFound]),
];

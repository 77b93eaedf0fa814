//! Every route on one page.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard;
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, FormConfig, PathConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, ResponseError, Route};
use domain::booking::Step;
use domain::catalog::{Member, Resource, Service};
use domain::pricing::{Promo, Surcharge};

use super::admin::entries;
use super::codes::Code;
use super::middleware::authorise::authorise;
use super::middleware::rate_limit::RateLimits;
use super::middleware::{cors, csrf, identify, rate_limit, request_id, security_headers};
use super::problem::Problem;
use super::{admin, assets, health, live, openapi, pages, portal};
use crate::app::{App, RatesRecord};
use crate::auth::Action::{
    self, ChangeCapacity, CollectCash, EditCatalog, EditHours, HandleMoney, ManageUsers,
    ManageWebhooks, Take, TendLetters, TendSchedule, ViewAudit, ViewCatalog, ViewSchedule,
    ViewTeam, ViewUsers,
};

/// What all threads of a server share.
#[derive(Clone)]
pub struct Shared {
    pub app: Arc<App>,
    limits: Data<RateLimits>,
}

impl Shared {
    /// Prepares to serve `app`.
    pub fn new(app: Arc<App>) -> Self {
        let limits = Data::new(RateLimits::new(&app.config.rate_limit));
        Self { app, limits }
    }
}

/// The server's application, once for every thread. `extras` adds what others bring: data, routes.
pub fn application(
    shared: Shared,
    extras: impl FnOnce(&mut ServiceConfig),
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .app_data(Data::from(shared.app))
        .app_data(shared.limits)
        .app_data(PathConfig::default().error_handler(|_, _| Problem::new(Code::NotFound).into()))
        .app_data(FormConfig::default().error_handler(|_, _| malformed_form().into()))
        .app_data(QueryConfig::default().error_handler(|error, _| query_problem(&error).into()))
        .configure(configure)
        .configure(extras)
        .default_service(web::to(assets::serve))
        // The last one wrapped is the first to see a request.
        .wrap(from_fn(rate_limit::rate_limit))
        .wrap(from_fn(identify::identify))
        .wrap(from_fn(csrf::csrf))
        .wrap(from_fn(cors::cors))
        .wrap(from_fn(security_headers::security_headers))
        .wrap(from_fn(request_id::request_id))
}

macro_rules! routes {
    ($($path:literal { $($method:ident $([$action:expr])? $handler:path),+ $(,)? })*) => {
        /// Every path with its methods, for the tests that look for forgotten ones.
        pub const ALL: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),*];

        fn configure(config: &mut ServiceConfig) {
            $(config.service(
                web::resource($path)
                    $(.route(let_in(
                        $path,
                        None$(.or(Some($action)))?,
                        web::route().guard(method(&Method::$method)).to($handler),
                    )))+
                    .default_service(web::to(|request: HttpRequest| async move {
                        method_not_allowed(&request, &[$(stringify!($method)),+])
                    })),
            );)*
        }
    };
}

/// Where everything is that only staff may do.
const STAFF_PATHS: &str = "/api/admin/";

// A method may come with the action that the caller must be allowed to do; one of staff's has to.
routes! {
    // What can be booked, and when.
    "/api/portal/services"                             { GET portal::services::list }
    "/api/portal/services/{slug}"                      { GET portal::services::get }
    "/api/portal/team-members"                         { GET portal::services::team_members }
    "/api/bookings/availability"                       { GET portal::availability::get }
    "/api/pricing"                                     { POST portal::pricing::quote }

    // Booking. `/api/bookings` is the older name of the same thing.
    "/api/portal/service-requests" { GET portal::bookings::list, POST portal::bookings::create }
    "/api/bookings"                                    { POST portal::bookings::create }
    "/api/portal/service-requests/recurring/preview"   { POST portal::series::preview }
    "/api/portal/service-requests/{id}"                { GET portal::bookings::detail }
    "/api/portal/service-requests/{id}/invite.ics"     { GET portal::invites::get }
    "/api/portal/service-requests/{id}/cancel"         { POST portal::bookings::cancel }
    "/api/portal/service-requests/{id}/reschedule"     { POST portal::bookings::reschedule }
    "/api/portal/service-requests/{id}/accept-offer"   { POST portal::waitlist::accept_offer }
    "/api/portal/waitlist"                             { POST portal::waitlist::join }
    "/api/portal/waitlist/{id}"                        { DELETE portal::waitlist::leave }

    // Keeping a place for a moment.
    "/api/portal/holds"                                { POST portal::holds::create }
    "/api/portal/holds/{id}"                           { DELETE portal::holds::release }
    "/api/portal/holds/{id}/extend"                    { POST portal::holds::extend }

    // Signing in and out.
    "/api/auth/login"                                  { POST portal::session::login }
    "/api/auth/magic-link"                             { POST portal::session::magic_link }
    "/api/auth/logout"                                 { POST portal::session::logout }
    "/api/auth/me"                                     { GET portal::session::me }

    // The desk's table of service requests.
    "/api/admin/service-requests"                      { GET[ViewTeam] admin::requests::list }
    "/api/admin/service-requests.csv"                  { GET[ViewTeam] admin::requests::export }
    "/api/admin/service-requests/{id}"                 { GET[ViewTeam] admin::requests::get }
    "/api/admin/service-requests/{id}/assign" { POST[Take(Step::Assign)] admin::requests::assign }
    "/api/admin/service-requests/{id}/cancel" { POST[Take(Step::Cancel)] admin::requests::cancel }
    "/api/admin/service-requests/{id}/reschedule" {
        POST[Take(Step::Reschedule)] admin::requests::reschedule,
    }
    "/api/admin/service-requests/{id}/confirm" {
        POST[Take(Step::Confirm)] admin::requests::confirm,
    }
    "/api/admin/service-requests/{id}/decline" {
        POST[Take(Step::Decline)] admin::requests::decline,
    }
    "/api/admin/service-requests/{id}/start" { POST[Take(Step::Start)] admin::requests::start }
    "/api/admin/service-requests/{id}/complete" {
        POST[Take(Step::Complete)] admin::requests::complete,
    }
    "/api/admin/service-requests/{id}/no-show" { POST[Take(Step::NoShow)] admin::requests::no_show }
    "/api/admin/service-requests/{id}/correct" {
        POST[Take(Step::Correct)] admin::requests::correct,
    }

    "/api/admin/service-requests/{id}/mark-cod-collected" {
        POST[CollectCash] admin::cash::collect,
    }
    "/api/admin/service-requests/{id}/refund"   { POST[HandleMoney] admin::money::refund }
    "/api/admin/service-requests/{id}/clear-payment" { POST[HandleMoney] admin::money::clear }
    "/api/admin/payments/counts"                { GET[HandleMoney] admin::money::counts }
    "/api/admin/reconciliation/runs" {
        GET[HandleMoney] admin::reconciliation::list,
        POST[HandleMoney] admin::reconciliation::begin,
    }
    "/api/admin/reconciliation/runs/{id}"       { GET[HandleMoney] admin::reconciliation::get }
    "/api/payments/checkout"                           { POST portal::payments::checkout }
    "/api/payments/webhook"                            { POST portal::payments::webhook }
    "/api/payments/{id}"                               { GET portal::payments::get }
    "/api/payments/{id}/refresh"                       { POST portal::payments::refresh }

    // What happens, as it happens.
    "/api/portal/realtime"                             { GET portal::realtime::open }
    "/api/portal/realtime/poll"                        { GET portal::realtime::poll }
    "/api/realtime/tickets"                            { POST portal::realtime::ticket }

    // What days take.
    "/api/admin/capacity"                              { GET[ViewTeam] admin::capacity::get }
    "/api/admin/capacity/{teamId}/{date}" { PUT[ChangeCapacity] admin::capacity::set_limit }
    "/api/admin/capacity/{teamId}/{date}/overrides" {
        POST[ChangeCapacity] admin::capacity::create_override,
    }
    "/api/admin/capacity/{teamId}/{date}/overrides/{id}" {
        DELETE[ChangeCapacity] admin::capacity::revoke_override,
    }
    "/api/admin/capacity/{teamId}/{date}/close" { POST[ChangeCapacity] admin::capacity::close }
    "/api/admin/capacity/{teamId}/{date}/open" { POST[ChangeCapacity] admin::capacity::open }

    // Work in many steps.
    "/api/admin/operations"                  { GET[ChangeCapacity] admin::operations::list }
    "/api/admin/operations/{id}"             { GET[ChangeCapacity] admin::operations::get }

    // Calendars to subscribe to.
    "/api/calendar/{token}.ics"              { GET portal::feeds::get }
    "/api/admin/teams/{id}/calendar-feed" {
        GET[EditCatalog] admin::calendar_feeds::show_of_team,
        POST[EditCatalog] admin::calendar_feeds::open_of_team,
        DELETE[EditCatalog] admin::calendar_feeds::close_of_team,
    }
    "/api/admin/team-members/{id}/calendar-feed" {
        GET[EditCatalog] admin::calendar_feeds::show_of_member,
        POST[EditCatalog] admin::calendar_feeds::open_of_member,
        DELETE[EditCatalog] admin::calendar_feeds::close_of_member,
    }

    // Letters on their way.
    "/api/admin/letters"                     { GET[TendLetters] admin::letters::list }
    "/api/admin/letters/{id}/retry"          { POST[TendLetters] admin::letters::retry }

    "/api/admin/reminder-rules" {
        GET[ViewCatalog] admin::reminder_rules::list,
        POST[EditCatalog] admin::reminder_rules::create,
    }
    "/api/admin/reminder-rules/{id}" {
        GET[ViewCatalog] admin::reminder_rules::get,
        PUT[EditCatalog] admin::reminder_rules::replace,
        DELETE[EditCatalog] admin::reminder_rules::delete,
    }

    // Other systems that are told of events.
    "/api/admin/webhooks" {
        GET[ManageWebhooks] admin::webhooks::list,
        POST[ManageWebhooks] admin::webhooks::create,
    }
    "/api/admin/webhooks/{id}" {
        GET[ManageWebhooks] admin::webhooks::get,
        PUT[ManageWebhooks] admin::webhooks::replace,
        DELETE[ManageWebhooks] admin::webhooks::delete,
    }
    "/api/admin/webhooks/{id}/rotate" { POST[ManageWebhooks] admin::webhooks::rotate }
    "/api/admin/webhooks/{id}/deliveries" { GET[ManageWebhooks] admin::webhooks::deliveries }
    "/api/admin/webhooks/{id}/deliveries/{delivery}/redeliver" {
        POST[ManageWebhooks] admin::webhooks::redeliver,
    }
    // Work that comes back by the clock.
    "/api/admin/schedule"                    { GET[ViewSchedule] admin::schedule::list }
    "/api/admin/schedule/{job}" {
        GET[ViewSchedule] admin::schedule::get,
        PUT[TendSchedule] admin::schedule::replace,
    }
    "/api/admin/schedule/{job}/run"          { POST[TendSchedule] admin::schedule::run }

    // The audit trail.
    "/api/admin/audit"                                 { GET[ViewAudit] admin::audit::list }
    "/api/admin/audit/verify"                          { GET[ViewAudit] admin::audit::verify }

    // The catalogue.
    "/api/admin/services" {
        GET[ViewCatalog] entries::list::<Service>,
        POST[EditCatalog] entries::create::<Service>,
    }
    "/api/admin/services/{id}" {
        GET[ViewCatalog] entries::get::<Service>,
        PUT[EditCatalog] entries::replace::<Service>,
        PATCH[EditCatalog] entries::update::<Service>,
        DELETE[EditCatalog] entries::delete::<Service>,
    }
    "/api/admin/teams" {
        GET[ViewCatalog] admin::teams::list,
        POST[EditCatalog] admin::teams::create,
    }
    "/api/admin/teams/{id}" {
        GET[ViewCatalog] admin::teams::get,
        PUT[EditCatalog] admin::teams::replace,
        PATCH[EditCatalog] admin::teams::update,
        DELETE[EditCatalog] admin::teams::delete,
    }
    "/api/admin/team-members" {
        GET[ViewCatalog] entries::list::<Member>,
        POST[EditCatalog] entries::create::<Member>,
    }
    "/api/admin/team-members/{id}" {
        GET[ViewCatalog] entries::get::<Member>,
        PUT[EditCatalog] entries::replace::<Member>,
        PATCH[EditCatalog] entries::update::<Member>,
        DELETE[EditCatalog] entries::delete::<Member>,
    }
    "/api/admin/resources" {
        GET[ViewCatalog] entries::list::<Resource>,
        POST[EditCatalog] entries::create::<Resource>,
    }
    "/api/admin/resources/{id}" {
        GET[ViewCatalog] entries::get::<Resource>,
        PUT[EditCatalog] entries::replace::<Resource>,
        PATCH[EditCatalog] entries::update::<Resource>,
        DELETE[EditCatalog] entries::delete::<Resource>,
    }

    // What makes prices.
    "/api/admin/surcharges" {
        GET[ViewCatalog] entries::list::<Surcharge>,
        POST[EditCatalog] entries::create::<Surcharge>,
    }
    "/api/admin/surcharges/{id}" {
        GET[ViewCatalog] entries::get::<Surcharge>,
        PUT[EditCatalog] entries::replace::<Surcharge>,
        PATCH[EditCatalog] entries::update::<Surcharge>,
        DELETE[EditCatalog] entries::delete::<Surcharge>,
    }
    "/api/admin/price-steps" {
        GET[ViewCatalog] admin::price_steps::get,
        PUT[EditCatalog] admin::price_steps::replace,
    }
    "/api/admin/promos" {
        GET[ViewCatalog] entries::list::<Promo>,
        POST[EditCatalog] entries::create::<Promo>,
    }
    "/api/admin/promos/preview"              { POST[EditCatalog] admin::promo_trials::preview }
    "/api/admin/promos/{id}" {
        GET[ViewCatalog] entries::get::<Promo>,
        PUT[EditCatalog] entries::replace::<Promo>,
        PATCH[EditCatalog] entries::update::<Promo>,
        DELETE[EditCatalog] entries::delete::<Promo>,
    }
    "/api/admin/promos/{id}/simulate"        { POST[ViewCatalog] admin::promo_trials::simulate }
    "/api/admin/promos/{id}/uses"            { GET[ViewAudit] admin::promo_trials::uses }
    "/api/admin/exchange-rates" {
        GET[ViewCatalog] entries::list::<RatesRecord>,
        POST[EditCatalog] entries::create::<RatesRecord>,
    }
    "/api/admin/exchange-rates/import" { POST[EditCatalog] admin::exchange_rates::import }
    "/api/admin/exchange-rates/{id}" {
        GET[ViewCatalog] entries::get::<RatesRecord>,
        PUT[EditCatalog] entries::replace::<RatesRecord>,
        PATCH[EditCatalog] entries::update::<RatesRecord>,
        DELETE[EditCatalog] entries::delete::<RatesRecord>,
    }

    // Working hours.
    "/api/admin/teams/{id}/working-hours" {
        GET[ViewTeam] admin::hours::get_team_week,
        PUT[EditHours] admin::hours::set_team_week,
    }
    "/api/admin/teams/{id}/exceptions" { GET[ViewTeam] admin::hours::list_team_exceptions }
    "/api/admin/teams/{id}/exceptions/{date}" {
        PUT[EditHours] admin::hours::put_team_exception,
        DELETE[EditHours] admin::hours::delete_team_exception,
    }
    "/api/admin/team-members/{id}/working-hours" {
        GET[ViewTeam] admin::hours::get_member_week,
        PUT[EditHours] admin::hours::set_member_week,
    }
    "/api/admin/team-members/{id}/exceptions" { GET[ViewTeam] admin::hours::list_member_exceptions }
    "/api/admin/team-members/{id}/exceptions/{date}" {
        PUT[EditHours] admin::hours::put_member_exception,
        DELETE[EditHours] admin::hours::delete_member_exception,
    }
    "/api/admin/team-members/{id}/time-off" {
        GET[ViewCatalog] admin::time_off::list,
        POST[EditHours] admin::time_off::create,
    }
    "/api/admin/team-members/{id}/time-off/{timeOff}"  { DELETE[EditHours] admin::time_off::delete }

    // Accounts.
    "/api/admin/users" {
        GET[ViewUsers] admin::users::list,
        POST[ManageUsers] admin::users::create,
    }
    "/api/admin/users/{id}" {
        GET[ViewUsers] admin::users::get,
        PATCH[ManageUsers] admin::users::update,
    }

    // The live page.
    "/live"                                            { GET live::page }
    "/live.js"                                         { GET live::script }
    "/live.css"                                        { GET live::style }

    // What needs no JavaScript.
    "/problems/{code}"                                 { GET pages::problem_page }
    "/c/{token}" { GET portal::links::show, POST portal::links::act }
    "/s/{token}" { GET portal::mail_links::show_sign_in, POST portal::mail_links::sign_in }
    "/u/{token}" {
        GET portal::mail_links::show_reminders,
        POST portal::mail_links::change_reminders,
    }

    // The contract, as a document and as a page to try it from.
    "/api/openapi.json"                                { GET openapi::document }
    "/api/docs"                                        { GET openapi::explorer_home }
    "/api/docs/{file}"                                 { GET openapi::explorer_file }

    // What operators ask.
    "/livez"                                           { GET health::livez }
    "/readyz"                                          { GET health::readyz }
    "/metrics"                                         { GET health::metrics }
}

/// The route, for those only who may do `action`. A path of staff's that names none is nobody's.
fn let_in(path: &str, action: Option<Action>, route: Route) -> Route {
    if action.is_none() && !path.starts_with(STAFF_PATHS) {
        return route;
    }
    route.wrap(from_fn(move |request, next| authorise(action, request, next)))
}

/// Matches `wanted`; whoever may read may also ask for the headers alone.
fn method(wanted: &Method) -> impl guard::Guard + 'static {
    let wanted = wanted.clone();
    guard::fn_guard(move |context| {
        let asked = &context.head().method;
        *asked == wanted || (*asked == Method::HEAD && wanted == Method::GET)
    })
}

fn method_not_allowed(request: &HttpRequest, methods: &[&str]) -> actix_web::HttpResponse {
    let problem = Problem::new(Code::MethodNotAllowed)
        .detail(format!("{} is not among the methods of this address", request.method()));
    let mut response = problem.error_response();
    if let Ok(allow) = header::HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn malformed_form() -> Problem {
    Problem::new(Code::MalformedRequest).detail("the form cannot be read")
}

/// Points at a query parameter that does not fit.
fn query_problem(error: &actix_web::error::QueryPayloadError) -> Problem {
    let message = error.to_string();
    let message = message.strip_prefix("Query deserialize error: ").unwrap_or(&message);
    let named = message.split_once('`').and_then(|(_, rest)| rest.split_once('`'));
    Problem::invalid(named.map_or("", |(name, _)| name), message)
}

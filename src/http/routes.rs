//! Every route on one page.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard;
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, FormConfig, PathConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, ResponseError};

use super::codes::Code;
use super::middleware::rate_limit::RateLimits;
use super::middleware::{cors, csrf, identify, rate_limit, request_id, security_headers};
use super::problem::Problem;
use super::{admin, health, live, openapi, pages, portal};
use crate::app::App;

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
        .default_service(web::to(|| async { Problem::new(Code::NotFound).error_response() }))
        // The last one wrapped is the first to see a request.
        .wrap(from_fn(rate_limit::rate_limit))
        .wrap(from_fn(identify::identify))
        .wrap(from_fn(csrf::csrf))
        .wrap(from_fn(cors::cors))
        .wrap(from_fn(security_headers::security_headers))
        .wrap(from_fn(request_id::request_id))
}

macro_rules! routes {
    ($($path:literal { $($method:ident $handler:path),+ $(,)? })*) => {
        /// Every path with its methods, for the tests that look for forgotten ones.
        pub const ALL: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),*];

        fn configure(config: &mut ServiceConfig) {
            $(config.service(
                web::resource($path)
                    $(.route(web::route().guard(method(&Method::$method)).to($handler)))+
                    .default_service(web::to(|request: HttpRequest| async move {
                        method_not_allowed(&request, &[$(stringify!($method)),+])
                    })),
            );)*
        }
    };
}

routes! {
    // What can be booked, and when.
    "/api/portal/services"                             { GET portal::services::list }
    "/api/portal/services/{slug}"                      { GET portal::services::get }
    "/api/portal/team-members"                         { GET portal::services::team_members }
    "/api/bookings/availability"                       { GET portal::availability::get }

    // Booking. `/api/bookings` is the older name of the same thing.
    "/api/portal/service-requests" { GET portal::bookings::list, POST portal::bookings::create }
    "/api/bookings"                                    { POST portal::bookings::create }
    "/api/portal/service-requests/{id}"                { GET portal::bookings::detail }
    "/api/portal/service-requests/{id}/cancel"         { POST portal::bookings::cancel }
    "/api/portal/service-requests/{id}/reschedule"     { POST portal::bookings::reschedule }

    // Signing in and out.
    "/api/auth/login"                                  { POST portal::session::login }
    "/api/auth/logout"                                 { POST portal::session::logout }
    "/api/auth/me"                                     { GET portal::session::me }

    // The desk's table of service requests.
    "/api/admin/service-requests"                      { GET admin::requests::list }
    "/api/admin/service-requests.csv"                  { GET admin::requests::export }
    "/api/admin/service-requests/{id}"                 { GET admin::requests::get }
    "/api/admin/service-requests/{id}/assign"          { POST admin::requests::assign }
    "/api/admin/service-requests/{id}/cancel"          { POST admin::requests::cancel }
    "/api/admin/service-requests/{id}/reschedule"      { POST admin::requests::reschedule }
    "/api/admin/service-requests/{id}/start"           { POST admin::requests::start }
    "/api/admin/service-requests/{id}/complete"        { POST admin::requests::complete }
    "/api/admin/service-requests/{id}/no-show"         { POST admin::requests::no_show }
    "/api/admin/service-requests/{id}/correct"         { POST admin::requests::correct }

    // What happens, as it happens.
    "/api/portal/realtime"                             { GET portal::realtime::open }
    "/api/portal/realtime/poll"                        { GET portal::realtime::poll }
    "/api/realtime/tickets"                            { POST portal::realtime::ticket }

    // What days take.
    "/api/admin/capacity"                              { GET admin::capacity::get }
    "/api/admin/capacity/{teamId}/{date}"              { PUT admin::capacity::set_limit }
    "/api/admin/capacity/{teamId}/{date}/overrides"    { POST admin::capacity::create_override }
    "/api/admin/capacity/{teamId}/{date}/overrides/{id}" { DELETE admin::capacity::revoke_override }
    "/api/admin/capacity/{teamId}/{date}/close"        { POST admin::capacity::close }
    "/api/admin/capacity/{teamId}/{date}/open"         { POST admin::capacity::open }

    // The audit trail.
    "/api/admin/audit"                                 { GET admin::audit::list }
    "/api/admin/audit/verify"                          { GET admin::audit::verify }

    // The catalogue.
    "/api/admin/services" { GET admin::services::list, POST admin::services::create }
    "/api/admin/services/{id}" {
        GET admin::services::get, PUT admin::services::replace, PATCH admin::services::update,
        DELETE admin::services::delete
    }
    "/api/admin/teams" { GET admin::teams::list, POST admin::teams::create }
    "/api/admin/teams/{id}" {
        GET admin::teams::get, PUT admin::teams::replace, PATCH admin::teams::update,
        DELETE admin::teams::delete
    }
    "/api/admin/team-members" { GET admin::members::list, POST admin::members::create }
    "/api/admin/team-members/{id}" {
        GET admin::members::get, PUT admin::members::replace, PATCH admin::members::update,
        DELETE admin::members::delete
    }

    // Working hours.
    "/api/admin/teams/{id}/working-hours" {
        GET admin::hours::get_team_week, PUT admin::hours::set_team_week
    }
    "/api/admin/teams/{id}/exceptions"                 { GET admin::hours::list_team_exceptions }
    "/api/admin/teams/{id}/exceptions/{date}" {
        PUT admin::hours::put_team_exception, DELETE admin::hours::delete_team_exception
    }
    "/api/admin/team-members/{id}/working-hours" {
        GET admin::hours::get_member_week, PUT admin::hours::set_member_week
    }
    "/api/admin/team-members/{id}/exceptions"          { GET admin::hours::list_member_exceptions }
    "/api/admin/team-members/{id}/exceptions/{date}" {
        PUT admin::hours::put_member_exception, DELETE admin::hours::delete_member_exception
    }
    "/api/admin/team-members/{id}/time-off" {
        GET admin::time_off::list, POST admin::time_off::create
    }
    "/api/admin/team-members/{id}/time-off/{timeOff}"  { DELETE admin::time_off::delete }

    // Accounts.
    "/api/admin/users" { GET admin::users::list, POST admin::users::create }
    "/api/admin/users/{id}" { GET admin::users::get, PATCH admin::users::update }

    // The live page.
    "/"                                                { GET live::page }
    "/live.js"                                         { GET live::script }
    "/live.css"                                        { GET live::style }

    // What needs no JavaScript.
    "/problems/{code}"                                 { GET pages::problem_page }
    "/c/{token}" { GET portal::links::show, POST portal::links::act }

    // The contract, as a document and as a page to try it from.
    "/api/openapi.json"                                { GET openapi::document }
    "/api/docs"                                        { GET openapi::explorer_home }
    "/api/docs/{file}"                                 { GET openapi::explorer_file }

    // What operators ask.
    "/livez"                                           { GET health::livez }
    "/readyz"                                          { GET health::readyz }
    "/metrics"                                         { GET health::metrics }
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

//! Counts what each client asks for, and says no when it is too much.
//!
//! A client is an account when it is signed in, else an address (of IPv6 the part that a provider
//! gives to one customer). Each kind of request has its quota, so that somebody who reads a lot can
//! still book.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use domain::ids::UserId;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use super::refuse;
use crate::app::App;
use crate::auth::Caller;
use crate::config;
use crate::http::codes::Code;
use crate::http::extract::CallerContext;
use crate::http::problem::Problem;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What operators ask of a server must be answered however busy the neighbours are, and what the
/// payment provider tells comes from few addresses, for everybody: its signature is looked at.
const UNCOUNTED: [&str; 4] = ["/livez", "/readyz", "/metrics", "/api/payments/webhook"];
/// What costs much, or writes to somebody who may not have asked for it.
const SIGN_IN_PATHS: [&str; 2] = ["/api/auth/login", "/api/auth/magic-link"];

/// The kinds of requests that are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Reads,
    Writes,
    SignIns,
    Staff,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::SignIns => "sign-ins",
            Self::Staff => "staff",
        }
    }

    fn quota(self, config: &config::RateLimitConfig) -> config::Quota {
        match self {
            Self::Reads => config.reads,
            Self::Writes => config.writes,
            Self::SignIns => config.sign_ins,
            Self::Staff => config.staff,
        }
    }
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    User(UserId),
    Address(IpAddr),
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// What each client has used of its quotas, for those seen of late.
pub struct RateLimits {
    buckets: Cache<(Kind, Client), Arc<Bucket>>,
    clock: DefaultClock,
}

impl RateLimits {
    /// Nothing used yet.
    pub fn new(config: &config::RateLimitConfig) -> Self {
        let clients_max = u64::try_from(config.clients_max).unwrap_or(u64::MAX);
        Self { buckets: Cache::new(clients_max), clock: DefaultClock::default() }
    }

    /// Counts one request. `Err` holds the seconds to wait.
    fn count(&self, kind: Kind, client: Client, quota: config::Quota) -> Result<Left, u64> {
        let bucket = self.buckets.get_with((kind, client), || Arc::new(bucket(quota)));
        match bucket.check() {
            Ok(state) => Ok(Left { requests: state.remaining_burst_capacity() }),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
            }
        }
    }
}

/// What a client may still send at once.
struct Left {
    requests: u32,
}

fn bucket(quota: config::Quota) -> Bucket {
    // The settings were checked at start: neither number is zero.
    let number = |value: u32| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
    let per_minute = number(quota.per_minute);
    RateLimiter::direct(Quota::per_minute(per_minute).allow_burst(number(quota.burst)))
        .with_middleware()
}

/// Counts the request against its client's quota.
pub async fn rate_limit(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let config = &app.config.rate_limit;
    let caller = request.extensions().get::<CallerContext>().cloned();
    let (true, Some(caller)) = (config.enabled && is_counted(request.path()), caller) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let (kind, client) = classify(&caller, &request);
    let quota = kind.quota(config);
    let (mut answer, left, wait) = match limits.count(kind, client, quota) {
        Ok(left) => {
            let answer = next.call(request).await?.map_into_boxed_body();
            (answer, left.requests, refill_seconds(quota, left.requests))
        }
        Err(wait) => {
            let problem =
                Problem::new(Code::QuotaExceeded).with("violated-policies", [kind.name()].to_vec());
            let problem = Problem { retry_after_seconds: Some(wait), ..problem };
            (refuse(request, &problem), 0, wait)
        }
    };
    let name = kind.name();
    let window = refill_seconds(quota, 0);
    let headers = answer.headers_mut();
    put(headers, RATE_LIMIT_POLICY, &format!("\"{name}\";q={};w={window}", quota.burst));
    put(headers, RATE_LIMIT, &format!("\"{name}\";r={left};t={wait}"));
    Ok(answer)
}

fn is_counted(path: &str) -> bool {
    !UNCOUNTED.contains(&path)
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Seconds until the whole burst may be sent again when `left` of it is.
fn refill_seconds(quota: config::Quota, left: u32) -> u64 {
    let missing = u64::from(quota.burst.saturating_sub(left));
    (missing * 60).div_ceil(u64::from(quota.per_minute.max(1)))
}

fn classify(caller: &Caller, request: &ServiceRequest) -> (Kind, Client) {
    let address = Client::Address(caller.network());
    if SIGN_IN_PATHS.contains(&request.path()) {
        return (Kind::SignIns, address);
    }
    let client = caller.user.as_ref().map_or(address, |user| Client::User(user.id));
    let kind = match (caller.is_staff(), request.method().is_safe()) {
        (true, _) => Kind::Staff,
        (false, true) => Kind::Reads,
        (false, false) => Kind::Writes,
    };
    (kind, client)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_burst_passes_and_the_next_request_is_told_how_long_to_wait() {
        let quota = config::Quota { per_minute: 6, burst: 3 };
        let limits = RateLimits { buckets: Cache::new(10), clock: DefaultClock::default() };
        let client = Client::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let other = Client::Address(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

        let left: Vec<Option<u32>> = (0..4)
            .map(|_| limits.count(Kind::Reads, client, quota).ok().map(|left| left.requests))
            .collect();
        let wait = limits.count(Kind::Reads, client, quota).err();

        assert_eq!(left, [Some(2), Some(1), Some(0), None]);
        assert!(wait.is_some_and(|wait| (1..=10).contains(&wait)), "{wait:?}");
        assert!(limits.count(Kind::Reads, other, quota).is_ok(), "others are not affected");
        assert!(limits.count(Kind::Writes, client, quota).is_ok(), "nor are other kinds");
    }
}

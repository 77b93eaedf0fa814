//! The caller, as the middleware has found it out.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::auth::Caller;
use crate::http::codes::Code;
use crate::http::problem::Problem;

/// Whoever sent the request: perhaps a guest.
#[derive(Debug, Clone)]
pub struct CallerContext {
    caller: Rc<Caller>,
    /// A session came with the request that is no longer in force.
    pub had_session: bool,
}

impl CallerContext {
    /// For the middleware that finds callers out.
    pub fn new(caller: Caller, had_session: bool) -> Self {
        Self { caller: Rc::new(caller), had_session }
    }
}

impl std::ops::Deref for CallerContext {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl FromRequest for CallerContext {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(|| Problem::new(Code::Internal)))
    }
}

/// Somebody with an account; everybody else is refused.
#[derive(Debug, Clone)]
pub struct Signed(pub CallerContext);

impl Signed {
    /// Who sent `request`.
    ///
    /// # Errors
    ///
    /// [`Code::Unauthenticated`] and [`Code::SessionExpired`]: nobody with an account, or no more.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let found = request.extensions().get::<CallerContext>().cloned();
        match found {
            Some(caller) if caller.user.is_some() => Ok(Self(caller)),
            Some(caller) if caller.had_session => Err(Problem::new(Code::SessionExpired)),
            Some(_) => Err(Problem::new(Code::Unauthenticated)),
            None => Err(Problem::new(Code::Internal)),
        }
    }
}

impl std::ops::Deref for Signed {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

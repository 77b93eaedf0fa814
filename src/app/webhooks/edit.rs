//! Endpoints, as admins keep them.

use std::net::{IpAddr, ToSocketAddrs as _};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::delivery::State;
use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::{Endpoint, EndpointError, Target, check, is_public};
use serde_json::{Value, json};
use store::StoreError;
use store::records::{DeliveryQuery, DeliveryRecord};

use super::Secrets;
use crate::app::describe::Description;
use crate::app::{Answer, App, Failure, IdempotencyClaim, StoredResponse};
use crate::auth::{Action, Caller, Resource, can};

/// How long a name server may take to say where an endpoint is. One that takes longer is asked
/// again at every delivery.
const RESOLVE_PATIENCE: Duration = Duration::from_secs(3);

/// Everything about an endpoint that may be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFields {
    pub url: String,
    pub description: String,
    pub events: Vec<String>,
    pub is_active: bool,
}

/// A change of the endpoints.
#[derive(Debug, Clone)]
pub enum EndpointChange {
    Create {
        id: EndpointId,
        fields: EndpointFields,
    },
    Replace {
        id: EndpointId,
        rev: i64,
        fields: EndpointFields,
    },
    /// Signs with a new secret from now on.
    Rotate {
        id: EndpointId,
        rev: i64,
    },
    Delete {
        id: EndpointId,
        rev: i64,
    },
}

impl EndpointChange {
    fn verb(&self) -> &'static str {
        match self {
            Self::Create { .. } => "created",
            Self::Replace { .. } => "updated",
            Self::Rotate { .. } => "rotated",
            Self::Delete { .. } => "deleted",
        }
    }
}

/// The secret that `endpoint` signs with, as its owner is given it.
pub fn secret_text(app: &App, endpoint: EndpointId, no: u32) -> String {
    app.webhook_secrets().text(endpoint, no)
}

impl App {
    /// The secrets that endpoints sign with.
    pub(super) fn webhook_secrets(&self) -> Secrets {
        Secrets::new(self.links.derive_key("webhooks"))
    }

    /// Every endpoint.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Failure> {
        self.blocking(|store| store.webhooks.endpoints()).await
    }

    /// One endpoint.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is none.
    pub async fn endpoint(&self, id: EndpointId) -> Result<Endpoint, Failure> {
        let known = self.endpoints().await?;
        known.into_iter().find(|endpoint| endpoint.id == id).ok_or(Failure::NotFound)
    }

    /// Makes one change of the endpoints, and once it is durable gives the answer that `present`
    /// makes of the endpoint as it is then.
    ///
    /// # Errors
    ///
    /// [`Failure::AddressNotAllowed`] for an endpoint that is not outside, unless that is allowed;
    /// otherwise as [`App::edit_catalog`].
    pub async fn edit_endpoint(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        change: EndpointChange,
        present: impl Fn(&Endpoint) -> StoredResponse,
    ) -> Result<Answer, Failure> {
        if !can(caller, Action::ManageWebhooks, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let work = async {
            let verb = change.verb();
            let deleted =
                if let EndpointChange::Delete { rev, .. } = change { Some(rev) } else { None };
            let (before, after) = self.changed(change).await?;
            let response = present(&after);
            let description = Description {
                action: format!("webhook-{verb}"),
                object: format!("webhook:{}", after.id),
                before: before.as_ref().map_or(Value::Null, shown),
                after: if deleted.is_some() { Value::Null } else { shown(&after) },
            };
            let aside = self.aside(caller, claim, description, response.clone());
            self.blocking(move |store| match deleted {
                Some(rev) => store.webhooks.delete_endpoint(after.id, rev, &aside),
                None => store.webhooks.put_endpoint(&after, &aside),
            })
            .await?;
            self.webhooks.wake.notify_one();
            Ok(Answer::new(response))
        };
        self.once(claim, caller.request_id, work).await
    }

    /// The endpoint before and after `change`.
    async fn changed(
        &self,
        change: EndpointChange,
    ) -> Result<(Option<Endpoint>, Endpoint), Failure> {
        let now = self.ambient.now();
        let (id, rev) = match &change {
            EndpointChange::Create { id, .. } => (*id, 0),
            EndpointChange::Replace { id, rev, .. }
            | EndpointChange::Rotate { id, rev }
            | EndpointChange::Delete { id, rev } => (*id, *rev),
        };
        let known = if rev == 0 { None } else { Some(self.endpoint(id).await?) };
        if let Some(known) = known.as_ref().filter(|known| known.rev != rev) {
            return Err(Failure::Stale { current: known.rev });
        }
        let after = match (change, known.clone()) {
            (EndpointChange::Create { fields, .. }, _) => made(id, fields, now),
            (EndpointChange::Replace { fields, .. }, Some(known)) => replaced(&known, fields),
            (EndpointChange::Rotate { .. }, Some(known)) => known.rotated(now),
            (EndpointChange::Delete { .. }, Some(known)) => known,
            // Revision 0 is nobody's.
            (_, None) => return Err(Failure::Stale { current: self.endpoint(id).await?.rev }),
        };
        let is_checked = known.as_ref().is_none_or(|known| known.rev != after.rev);
        if is_checked {
            let allows_private = self.config.webhooks.allow_private;
            let target = check(&after, allows_private).map_err(|error| refused(&error))?;
            if !allows_private {
                require_outside(target).await?;
            }
        }
        Ok((known, after))
    }

    /// What was and is on its way to an endpoint, newest first.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such endpoint.
    pub async fn deliveries(
        &self,
        endpoint: EndpointId,
        (state, before): (Option<State>, Option<DeliveryId>),
        limit: u16,
    ) -> Result<Vec<DeliveryRecord>, Failure> {
        self.endpoint(endpoint).await?;
        let query = DeliveryQuery { endpoint, state, before, limit };
        self.blocking(move |store| store.webhooks.deliveries(&query)).await
    }

    /// Has a delivery that is over made again. One that is not stays as it is.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such delivery.
    pub async fn redeliver(&self, endpoint: EndpointId, id: DeliveryId) -> Result<bool, Failure> {
        let now = self.ambient.now();
        let store = self.store.clone();
        let revived = self
            .run(&self.blocking_permits, move || store.webhooks.redeliver(endpoint, id, now))
            .await?;
        let is_revived = match revived {
            Err(StoreError::Reference { .. }) => return Err(Failure::NotFound),
            other => other?,
        };
        self.webhooks.wake.notify_one();
        Ok(is_revived)
    }
}

/// Refuses an endpoint whose name leads to this machine or its neighbours. It is asked again at
/// every connection: names change.
async fn require_outside(target: Target) -> Result<(), Failure> {
    let Target { host, port, .. } = target;
    let asked = host.clone();
    let resolve = tokio::task::spawn_blocking(move || -> Vec<IpAddr> {
        // A name that nobody knows may be known tomorrow.
        let found = (asked.as_str(), port).to_socket_addrs().into_iter().flatten();
        found.map(|address| address.ip()).collect()
    });
    let found = tokio::time::timeout(RESOLVE_PATIENCE, resolve).await;
    let is_inside = matches!(found, Ok(Ok(found)) if found.iter().any(|one| !is_public(*one)));
    if is_inside { Err(Failure::AddressNotAllowed { host }) } else { Ok(()) }
}

fn refused(error: &EndpointError) -> Failure {
    let pointer = match error {
        EndpointError::Private { host } => {
            return Failure::AddressNotAllowed { host: host.clone() };
        }
        EndpointError::NoAddress | EndpointError::NotEncrypted => "/url",
        EndpointError::DescriptionTooLong => "/description",
        EndpointError::UnknownEvent { .. } => "/events",
    };
    Failure::invalid(pointer, error.to_string())
}

fn made(id: EndpointId, fields: EndpointFields, now: DateTime<Utc>) -> Endpoint {
    let EndpointFields { url, description, events, is_active } = fields;
    Endpoint {
        id,
        url,
        description,
        events,
        is_active,
        stopped_because: None,
        secret_no: 1,
        former_until: None,
        created_at: now,
        rev: 1,
    }
}

fn replaced(known: &Endpoint, fields: EndpointFields) -> Endpoint {
    let EndpointFields { url, description, events, is_active } = fields;
    let stopped_because = known.stopped_because.clone().filter(|_| !is_active);
    let rev = known.rev + 1;
    Endpoint { url, description, events, is_active, stopped_because, rev, ..known.clone() }
}

/// An endpoint in the audit trail. Its address may hold a secret of its owner's, so only the part
/// that names a machine is said.
fn shown(endpoint: &Endpoint) -> Value {
    let target = Target::parse(&endpoint.url);
    json!({
        "host": target.map(|target| format!("{}:{}", target.host, target.port)),
        "events": endpoint.events,
        "isActive": endpoint.is_active,
        "secretNo": endpoint.secret_no,
        "rev": endpoint.rev,
    })
}

//! Entries of the catalogue, edited one at a time: what services, members, resources, surcharges,
//! promos and tables of exchange rates have in common.
//!
//! An entry is shown as its id, its fields and its revision. A `POST` and a `PUT` bring all of its
//! fields, a `PATCH` some of them, and each is read by the same [`Entry::read`]: whatever cannot be
//! made cannot be changed into either. What an entry *is* stands in a file of its own.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::merge_patch;
use crate::app::{App, Catalog, CatalogChange, Failure};
use crate::auth::Caller;
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Page, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// Something in the catalogue that staff edit as a whole.
pub trait Entry: Sized + 'static {
    /// Everything about it that may be edited, as it stands in bodies.
    type Fields: Serialize + DeserializeOwned + 'static;
    /// It as staff see it.
    type View: Serialize;

    /// Where all of them are.
    const PLACE: &'static str;

    /// All of them, in the order in which they are listed.
    fn all(catalog: &Catalog) -> &[Self];
    fn id(&self) -> Uuid;
    fn rev(&self) -> i64;
    fn fields(&self) -> Self::Fields;
    fn view(&self) -> Self::View;

    /// The entry that `fields` describe.
    ///
    /// # Errors
    ///
    /// A failure that points at the field which means nothing. Whether what they mean is allowed is
    /// asked later, by the use case.
    fn read(fields: Self::Fields, origin: &Origin<'_, Self>) -> Result<Self, Failure>;

    /// Whether `caller`, who may see the catalogue, may see this one.
    fn is_visible(&self, _caller: &Caller) -> bool {
        true
    }

    fn put(self) -> CatalogChange;
    fn delete(id: Uuid, rev: i64) -> CatalogChange;
}

/// Where what is read comes from, besides its fields.
pub struct Origin<'a, T> {
    pub id: Uuid,
    /// The revision that it will have.
    pub rev: i64,
    /// What is there until then; nothing when it is new.
    pub known: Option<&'a T>,
    pub now: DateTime<Utc>,
}

/// Which part of a list is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    limit: Option<u16>,
    cursor: Option<String>,
}

/// A page of those that the caller may see, in use or not.
pub async fn list<T: Entry>(
    app: Data<App>,
    caller: Signed,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { limit, cursor } = query.into_inner();
    let page = Page::new(limit, cursor)?;
    let catalog = app.catalog.current();
    let mut visible = T::all(&catalog).iter().filter(|entry| entry.is_visible(&caller));
    if let Some(cursor) = &page.cursor {
        let is_last = |entry: &T| entry.id().to_string() == *cursor;
        let unknown = || Problem::invalid("cursor", "names nothing that is still there");
        visible.find(|entry| is_last(entry)).ok_or_else(unknown)?;
    }
    let items: Vec<&T> = visible.by_ref().take(usize::from(page.limit)).collect();
    let has_more = visible.next().is_some();
    let next = items.last().filter(|_| has_more).map(|last| last.id().to_string());
    let views: Vec<T::View> = items.into_iter().map(T::view).collect();
    Ok(reply::page(&views, next.as_deref()))
}

/// One of them.
pub async fn get<T: Entry>(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let entry = find::<T>(&catalog, *id).filter(|entry| entry.is_visible(&caller));
    let entry = entry.ok_or(Failure::NotFound)?;
    Ok(reply::show(entry.rev(), &entry.view()))
}

/// Adds one.
pub async fn create<T: Entry>(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<T::Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let (id, now) = (app.ambient.id(), app.ambient.now());
    let entry = T::read(body.value, &Origin { id, rev: 1, known: None, now })?;
    let response = reply::created(format!("{}/{id}", T::PLACE), &entry.rev(), &entry.view());
    Ok(reply::send(app.edit_catalog(&caller, &claim, entry.put(), response).await?))
}

/// Replaces all that may be edited.
pub async fn replace<T: Entry>(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<T::Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let catalog = app.catalog.current();
    let known = find::<T>(&catalog, *id).ok_or(Failure::NotFound)?;
    let origin = Origin { id: *id, rev: rev.next(), known: Some(known), now: app.ambient.now() };
    let entry = T::read(body.value, &origin)?;
    let response = reply::updated(entry.rev(), &entry.view());
    Ok(reply::send(app.edit_catalog(&caller, &claim, entry.put(), response).await?))
}

/// Changes what is named in the body.
pub async fn update<T: Entry>(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Value>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let catalog = app.catalog.current();
    let known = find::<T>(&catalog, *id).ok_or(Failure::NotFound)?;
    let fields = merge_patch::merged(&known.fields(), body.value)?;
    let origin = Origin { id: *id, rev: rev.next(), known: Some(known), now: app.ambient.now() };
    let entry = T::read(fields, &origin)?;
    let response = reply::updated(entry.rev(), &entry.view());
    Ok(reply::send(app.edit_catalog(&caller, &claim, entry.put(), response).await?))
}

/// Removes one that nothing was ever made with.
pub async fn delete<T: Entry>(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = T::delete(*id, rev.0);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, reply::gone()).await?))
}

/// The one with this id. There are few enough to look at each.
fn find<T: Entry>(catalog: &Catalog, id: Uuid) -> Option<&T> {
    T::all(catalog).iter().find(|entry| entry.id() == id)
}

//! A line of a ledger, and the names in it.

use domain::booking::{Status, Step};
use domain::ids::{BookingNo, MemberId, ResourceId, ServiceId};
use domain::ledger::Entry;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{Span, Text, named};
use crate::rows::{class_name, parse_class};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rows) struct StoredEntry {
    no: i64,
    service: Text<ServiceId>,
    units: u32,
    class: StoredClass,
    member: Option<Text<MemberId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Text<ResourceId>>,
    slot: Span,
    busy: Span,
    status: StoredStatus,
    rev: u32,
    #[serde(default)]
    units_past_limit: u32,
}

macro_rules! stored_by_name {
    ($($name:ident($inner:ty), $what:literal, $to_name:expr, $parse:expr;)*) => {$(
        pub(in crate::rows) struct $name(pub $inner);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($to_name(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                named::<D::Error, _>($parse(name.as_str()), $what, &name).map(Self)
            }
        }
    )*};
}

stored_by_name! {
    StoredClass(domain::ledger::Class), "class", class_name, parse_class;
    StoredStatus(Status), "status", Status::name, Status::parse;
    StoredStep(Step), "step", Step::name, parse_step;
}

fn parse_step(name: &str) -> Option<Step> {
    Step::ALL.into_iter().find(|step| step.name() == name)
}

impl From<&Entry> for StoredEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            no: entry.no.0,
            service: Text(entry.service),
            units: entry.units,
            class: StoredClass(entry.class),
            member: entry.member.map(Text),
            resources: entry.resources.iter().copied().map(Text).collect(),
            slot: entry.slot.into(),
            busy: entry.busy.into(),
            status: StoredStatus(entry.status),
            rev: entry.rev,
            units_past_limit: entry.units_past_limit,
        }
    }
}

impl From<StoredEntry> for Entry {
    fn from(stored: StoredEntry) -> Self {
        Self {
            no: BookingNo(stored.no),
            service: stored.service.0,
            units: stored.units,
            class: stored.class.0,
            member: stored.member.map(|member| member.0),
            resources: super::texts(stored.resources),
            slot: stored.slot.into(),
            busy: stored.busy.into(),
            status: stored.status.0,
            rev: stored.rev,
            units_past_limit: stored.units_past_limit,
        }
    }
}

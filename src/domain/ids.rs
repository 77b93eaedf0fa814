//! One newtype per identifier, so that a team can never be passed where a service is meant.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A team: the owner of one ledger per local day.
    TeamId;
    /// A service that clients can book.
    ServiceId;
    /// A person who carries out bookings.
    MemberId;
    /// A booking, called *service request* on the wire. Chosen before the first attempt to write
    /// it.
    BookingId;
    /// An audited change to what a ledger may take.
    OverrideId;
    /// Somebody who can sign in.
    UserId;
    /// A stretch of time in which a member is away.
    TimeOffId;
    /// A room, a vehicle, or anything else that one visit at a time can use.
    ResourceId;
    /// Whoever or whatever has time that can be claimed: a member or a resource.
    HolderId;
    /// A change that several ledgers take part in, and its decision row.
    OpId;
    /// Bookings made together from one recurrence rule.
    SeriesId;
    /// A promo: a code, and what it takes off a price.
    PromoId;
    /// A rule that adds to a price.
    SurchargeId;
    /// A table of exchange rates.
    RatesId;
    /// A rule by which clients are reminded of their visits.
    ReminderRuleId;
    /// An address that hears of events.
    EndpointId;
    /// One event on its way to one endpoint.
    DeliveryId;
}

impl From<MemberId> for HolderId {
    fn from(member: MemberId) -> Self {
        Self(member.0)
    }
}

impl From<ResourceId> for HolderId {
    fn from(resource: ResourceId) -> Self {
        Self(resource.0)
    }
}

/// A team's short number: the high bits of its ledgers' numbers. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamNo(pub i32);

/// A member's or a resource's short number: what a claim on its time is filed under. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceNo(pub i32);

/// A booking's running number, from which its [`Reference`] is made. Never reused; gaps are normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookingNo(pub i64);

/// What people read out on the telephone: `DB-7K3M-Q2`.
///
/// The letters are Crockford's base 32 (no I, L, O, U) of a permutation of the booking's number, so
/// neighbours do not look alike and nobody reads our volume from a reference. Thirty bits fill six
/// letters; a number beyond them takes ten, and can not be confused with a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(BookingNo);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SHORT_BITS: u32 = 30;
const LONG_BITS: u32 = 50;
/// Odd, so multiplication is a bijection modulo a power of two.
const STIR: u64 = 0x2545_F491_4F6C_DD1D;

impl Reference {
    /// The reference of booking number `no`.
    pub fn of(no: BookingNo) -> Self {
        Self(no)
    }

    /// The booking number behind this reference.
    pub fn number(self) -> BookingNo {
        self.0
    }
}

/// A bijection on `bits`-bit numbers: two rounds of multiply and fold.
fn stir(value: u64, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let half = bits / 2;
    let first = value.wrapping_mul(STIR) & mask;
    let folded = first ^ (first >> half);
    folded.wrapping_mul(STIR) & mask
}

/// Undoes [`stir`].
fn unstir(value: u64, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let half = bits / 2;
    let inverse = inverse_of_stir();
    let folded = value.wrapping_mul(inverse) & mask;
    // `half` is at least half of the bits, so one fold is its own inverse.
    let first = folded ^ (folded >> half);
    first.wrapping_mul(inverse) & mask
}

/// The inverse of [`STIR`] modulo 2^64, by Newton's iteration.
fn inverse_of_stir() -> u64 {
    let mut inverse = STIR;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(STIR.wrapping_mul(inverse)));
    }
    inverse
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.0.unsigned_abs();
        let short_max = 1_u64 << SHORT_BITS;
        let (value, groups): (u64, &[u32]) = if number < short_max {
            (stir(number, SHORT_BITS), &[4, 2])
        } else {
            (stir(number - short_max, LONG_BITS), &[5, 5])
        };
        let mut left: u32 = groups.iter().sum();
        f.write_str("DB")?;
        for group in groups {
            f.write_str("-")?;
            for _ in 0..*group {
                left -= 1;
                let digit = usize::try_from((value >> (5 * left)) & 31).unwrap_or(0);
                let letter = CROCKFORD.get(digit).copied().unwrap_or(b'0');
                write!(f, "{}", char::from(letter))?;
            }
        }
        Ok(())
    }
}

/// The text is not a reference of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a booking reference")]
pub struct NotAReference;

impl FromStr for Reference {
    type Err = NotAReference;

    /// Forgiving as Crockford meant it: case, dashes and the look-alikes I, L and O do not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (prefix, rest) = text.split_at_checked(2).ok_or(NotAReference)?;
        if !prefix.eq_ignore_ascii_case("DB") {
            return Err(NotAReference);
        }
        let (mut value, mut letters) = (0_u64, 0_u32);
        for letter in rest.bytes().filter(|letter| *letter != b'-') {
            let letter = match letter.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let digit = CROCKFORD.iter().position(|known| *known == letter).ok_or(NotAReference)?;
            letters += 1;
            if letters > LONG_BITS / 5 {
                return Err(NotAReference);
            }
            value = (value << 5) | u64::try_from(digit).unwrap_or(0);
        }
        let number = match letters * 5 {
            SHORT_BITS => unstir(value, SHORT_BITS),
            LONG_BITS => unstir(value, LONG_BITS) + (1 << SHORT_BITS),
            _ => return Err(NotAReference),
        };
        i64::try_from(number)
            .map(|number| Self(BookingNo(number)))
            .map_err(|_out_of_range| NotAReference)
    }
}

/// Names one history of a ledger. It changes only when stored history was lost (a restore, a
/// fail-over without its last writes), so that a sequence number from before can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        i64::from_str_radix(text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reference_has_the_shape_people_know() {
        let shown = Reference::of(BookingNo(1)).to_string();

        assert_eq!(shown.len(), "DB-7K3M-Q2".len());
        assert!(shown.starts_with("DB-"), "{shown}");
    }

    proptest! {
        #[test]
        fn a_reference_reads_back_as_its_number(number in 0_i64..(1 << 50)) {
            let reference = Reference::of(BookingNo(number));
            let spoken = reference.to_string().to_lowercase().replace('-', "");
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            prop_assert_eq!(spoken.parse(), Ok(reference));
        }
    }
}

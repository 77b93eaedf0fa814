//! Who gets a use, in the order in which it is refused.

use super::{ClientKey, Event, LimitOf, PromoLedger, PromoLimits};
use crate::ids::BookingId;

/// Most uses of one promo at a time, whatever its own limit says.
pub const USES_MAX: u32 = 1_000_000;

/// What can be asked of a promo's uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Use it for a booking.
    Redeem { booking: BookingId, client: ClientKey },
    /// Give back what a booking used, if it did.
    Release { booking: BookingId },
    /// Change how often it may be used. An excerpt must know the client with the most uses.
    SetLimits { limits: PromoLimits },
}

/// Why a promo's ledger says no. Variants stand in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("booking {booking} uses the promo for another client")]
    OtherClient { booking: BookingId },
    #[error("the promo has ended")]
    Ended,
    #[error("the promo has been used {limit} times, which is as often as it may be")]
    Exhausted { of: LimitOf, limit: u32 },
    #[error("the promo has been used {used_count} times, so the limit cannot be {limit}")]
    LimitBelowUsed { of: LimitOf, limit: u32, used_count: u32 },
}

/// Decides what `command` would do to `ledger`; nothing, when it is done already.
///
/// # Errors
///
/// Returns the first [`Rejection`] that applies. The ledger is unchanged either way.
pub fn decide(ledger: &PromoLedger, command: &Command) -> Result<Option<Event>, Rejection> {
    match *command {
        Command::Redeem { booking, client } => decide_redeem(ledger, booking, client),
        Command::Release { booking } => {
            Ok(ledger.live.get(&booking).map(|client| Event::Released { booking, client: *client }))
        }
        Command::SetLimits { limits } => {
            let used_most = ledger.by_client.values().copied().max().unwrap_or(0);
            room_stays(LimitOf::Everybody, limits.total, ledger.used_count())?;
            room_stays(LimitOf::Client, limits.per_client, used_most)?;
            Ok((limits != ledger.limits).then_some(Event::LimitsSet { limits }))
        }
    }
}

fn decide_redeem(
    ledger: &PromoLedger,
    booking: BookingId,
    client: ClientKey,
) -> Result<Option<Event>, Rejection> {
    match ledger.live.get(&booking) {
        Some(holder) if *holder == client => return Ok(None),
        Some(_) => return Err(Rejection::OtherClient { booking }),
        None => {}
    }
    if ledger.is_ended {
        return Err(Rejection::Ended);
    }
    let total = ledger.limits.total.unwrap_or(USES_MAX).min(USES_MAX);
    if total <= ledger.used_count() {
        return Err(Rejection::Exhausted { of: LimitOf::Everybody, limit: total });
    }
    match ledger.limits.per_client {
        Some(limit) if limit <= ledger.used_by(client) => {
            Err(Rejection::Exhausted { of: LimitOf::Client, limit })
        }
        _ => Ok(Some(Event::Redeemed { booking, client })),
    }
}

/// Refuses a limit that would make uses wrong which were right when they were granted.
fn room_stays(of: LimitOf, limit: Option<u32>, used_count: u32) -> Result<(), Rejection> {
    match limit {
        Some(limit) if limit < used_count => {
            Err(Rejection::LimitBelowUsed { of, limit, used_count })
        }
        _ => Ok(()),
    }
}

//! Looks after every connection from outside: pings, and an end for those that are past being
//! asked.
//!
//! A socket that accepts nothing stops polling its session, so no timer inside the session fires
//! and no order reaches it. What still works is to shut the socket down from here; the session is
//! then dropped as if its client had gone.

use std::sync::Weak;
use std::sync::atomic::Ordering;

use super::channel::Channel;
use super::frames::Close;
use super::hub::Hub;
use super::limits::{
    EXPIRY_GRACE, IDLE_CHANNEL_AGE_MAX, IDLE_CHANNELS_MAX, REAP_EVERY, SSE_COMMENT_EVERY,
};
use super::log_ring::ms;
use super::outlet::{Outlet, PING, Transport};
use super::topics::Topic;

/// Looks after connections until the hub is gone.
pub async fn run(hub: Weak<Hub>) {
    loop {
        tokio::time::sleep(REAP_EVERY).await;
        let Some(hub) = hub.upgrade() else { return };
        hub.reap();
    }
}

impl Hub {
    fn reap(&self) {
        let outlets = self.connections.all();
        for outlet in &outlets {
            self.look_after(outlet);
        }
        self.forget_idle_channels();
        #[expect(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a gauge is a float"
        )]
        metrics::gauge!("daybook_realtime_connections").set(outlets.len() as f64);
        #[expect(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a gauge is a float"
        )]
        metrics::gauge!("daybook_realtime_topics").set(self.all_channels().len() as f64);
    }

    fn look_after(&self, outlet: &Outlet) {
        let now_ms = self.now_ms();
        let config = &self.settings.config;
        let stall_ms = ms(config.stall_timeout);
        let is_silent = now_ms.saturating_sub(outlet.heard_at_ms()) >= stall_ms;
        if let Some(since_ms) = outlet.waiting_since_ms()
            && now_ms.saturating_sub(since_ms) >= stall_ms
            && is_silent
        {
            if outlet.cut() {
                self.reaped_count.fetch_add(1, Ordering::Relaxed);
                metrics::counter!("daybook_realtime_reaped_total").increment(1);
                tracing::info!(
                    connection.no = outlet.no,
                    "a connection that accepts nothing was cut"
                );
            }
            return;
        }
        let pinged_ms = outlet.pinged_at_ms();
        let is_waiting_for_pong = outlet.transport == Transport::WebSocket
            && pinged_ms > outlet.heard_at_ms()
            && outlet.waiting_since_ms().is_none();
        if is_waiting_for_pong && now_ms.saturating_sub(pinged_ms) >= ms(config.pong_timeout) {
            outlet.close(Close::NoPong, now_ms);
        }
        let now = self.renderer.ambient.now();
        let expires_at = outlet.identity().and_then(|identity| identity.expires_at);
        if expires_at.is_some_and(|at| at + EXPIRY_GRACE <= now) {
            outlet.close(Close::IdentityExpired, now_ms);
        }
        let every_ms = match outlet.transport {
            Transport::WebSocket => ms(config.heartbeat),
            Transport::Sse => ms(SSE_COMMENT_EVERY.min(config.heartbeat)),
            // Ends by itself before any ping would be due.
            Transport::Poll => u64::MAX,
        };
        if now_ms.saturating_sub(outlet.told_at_ms()) >= every_ms {
            outlet.order(PING, now_ms);
        }
    }

    fn forget_idle_channels(&self) {
        let now_ms = self.now_ms();
        let channels = self.all_channels();
        let idle = |channel: &Channel| channel.idle_since_ms();
        let mut ages: Vec<u64> = channels
            .iter()
            .filter_map(|channel| idle(channel))
            .map(|since_ms| now_ms.saturating_sub(since_ms))
            .collect();
        drop(channels);
        // The oldest go first when there are too many.
        ages.sort_unstable();
        let age_max_ms = ages.get(IDLE_CHANNELS_MAX).copied().unwrap_or(u64::MAX);
        let age_max_ms = age_max_ms.min(ms(IDLE_CHANNEL_AGE_MAX));
        self.forget_channels(|channel| {
            idle(channel).is_some_and(|since_ms| now_ms.saturating_sub(since_ms) >= age_max_ms)
        });
        self.forget_owners();
    }

    /// Forgets whose bookings are whose when nobody follows their inbox any more.
    fn forget_owners(&self) {
        let mut owners = self.owners.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !owners.is_empty() {
            owners.retain(|_, user| self.find_channel(Topic::Inbox(*user)).is_some());
        }
    }
}

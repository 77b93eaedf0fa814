//! What the process says about itself: logs for people and machines, numbers for dashboards.

mod logs;
mod metrics;

pub use logs::start_logs;
pub use metrics::{render_metrics, start_metrics};

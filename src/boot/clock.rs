//! The list of work that comes back by the clock. A further job is a further line here, and its
//! schedule a further setting.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::rates::fetch_and_import;
use crate::app::{App, Clock, CronJob, Work};

/// Every job.
fn jobs(app: &Arc<App>) -> Vec<CronJob> {
    let (schedule, rates) = (&app.config.schedule, &app.config.rates);
    let job = |name: &'static str, text: &str, work: Work| CronJob {
        name,
        schedule: text.to_owned(),
        zone: schedule.zone,
        is_active: true,
        begins_at_once: false,
        work,
    };
    vec![
        CronJob {
            is_active: !rates.url.is_empty(),
            // Without rates there are no prices in other currencies.
            begins_at_once: true,
            ..job("exchange-rates", &schedule.exchange_rates, work(app, fetch_and_import))
        },
        job("reconciliation", &schedule.reconciliation, work(app, reconcile)),
        job("purge", &schedule.purge, work(app, purge)),
    ]
}

/// What `run` does with the application.
fn work<Done>(app: &Arc<App>, run: impl Fn(Arc<App>) -> Done + Send + Sync + 'static) -> Work
where
    Done: Future<Output = Result<String, String>> + Send + 'static,
{
    let app = Arc::clone(app);
    Arc::new(move || -> BoxFuture<'static, _> { Box::pin(run(Arc::clone(&app))) })
}

/// Compares the books of the night with the provider's. Done twice it goes on where it was.
async fn reconcile(app: Arc<App>) -> Result<String, String> {
    if !app.takes_cards() {
        return Ok("there is no payment provider".to_owned());
    }
    let day = app.ambient.now().with_timezone(&app.config.schedule.zone).date_naive();
    app.reconcile_night(day).await.map_err(|failure| failure.to_string())?;
    Ok(format!("compared the books of {day}"))
}

async fn purge(app: Arc<App>) -> Result<String, String> {
    app.purge().await.map_err(|failure| failure.to_string())
}

/// A clock for all of them. Blocks: notes them in the database.
///
/// # Errors
///
/// When storage cannot be reached.
pub(super) fn clock(app: &Arc<App>) -> anyhow::Result<Arc<Clock>> {
    let (store, ambient) = (Arc::clone(&app.store.schedule), app.ambient.clone());
    let clock = Clock::new(store, ambient, jobs(app), Arc::clone(&app.alarm));
    clock.register()?;
    Ok(Arc::new(clock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Ambient;
    use crate::app::tests::scratch::Scratch;

    #[actix_web::test]
    async fn every_job_stands_in_the_document_and_does_what_it_says() {
        let scratch = Scratch::new();
        let app = Arc::new(scratch.app(Ambient::system()));
        let document = include_str!("../../docs/SCHEDULE.md");
        let mut told = Vec::new();
        for job in jobs(&app) {
            assert!(document.contains(&format!("| `{}` | `{}`", job.name, job.schedule)));
            told.push((job.name, job.is_active, (job.work)().await));
        }

        assert_eq!(
            told,
            [
                ("exchange-rates", false, Err("rates.url says nothing to fetch from".to_owned())),
                ("reconciliation", true, Ok("there is no payment provider".to_owned())),
                ("purge", true, Ok("nothing is that old".to_owned())),
            ]
        );
        clock(&app).unwrap();
        assert_eq!(scratch.store.schedule.board().unwrap().jobs.len(), 3);
    }
}

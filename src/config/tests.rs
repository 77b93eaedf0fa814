use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::*;

/// The settings that result from a file with `toml` and from `environment`.
fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("daybook.conf");
    std::fs::write(&file, toml).unwrap();
    let environment =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::load_from(Some(&file), environment).map_err(|error| error.to_string())
}

fn refused(toml: &str) -> String {
    load(toml, &[]).err().unwrap_or_else(|| panic!("{toml} was accepted"))
}

#[test]
fn the_defaults_alone_are_a_working_configuration() {
    let config = Config::load_from(None, HashMap::new()).map_err(|error| error.to_string());

    let config = config.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.database_url(), "sqlite://./data/daybook.db");
    assert_eq!(config.http.origin(8080), "http://localhost:8080");
    assert_eq!(config.ledger.deadline, Duration::from_secs(5));
}

#[test]
fn a_file_overrides_the_defaults_and_the_environment_overrides_both() {
    let toml = "[http]\nport = 8081\nbody_bytes_max = 2048\n[ledger]\ndeadline = \"250ms\"";
    let environment = [
        ("DAYBOOK__HTTP__PORT", "0"),
        ("DAYBOOK__DATA_DIR", "/var/lib/daybook"),
        ("DAYBOOK__RATE_LIMIT__ENABLED", "false"),
        ("DAYBOOK__HTTP__ALLOWED_ORIGINS", "https://a.example,https://b.example"),
        ("DAYBOOK_DEMO_PASSWORD", "not a setting"),
    ];

    let config = load(toml, &environment).unwrap_or_else(|error| panic!("{error}"));

    assert_eq!((config.http.port, config.http.body_bytes_max), (0, 2048));
    assert_eq!(config.ledger.deadline, Duration::from_millis(250));
    assert_eq!(config.data_dir, Path::new("/var/lib/daybook"));
    assert!(!config.rate_limit.enabled);
    assert_eq!(config.http.allowed_origins, ["https://a.example", "https://b.example"]);
}

#[test]
fn a_database_url_in_the_environment_is_taken_as_it_is() {
    let url = "postgres://daybook:12345@localhost:5433/daybook?connect_timeout=3";

    let config = load("", &[("DAYBOOK__DATABASE__URL", url)]).unwrap_or_else(|e| panic!("{e}"));

    assert_eq!(config.database_url(), url);
}

#[test]
fn keys_that_do_not_exist_are_refused_by_name() {
    assert!(refused("[http]\nprot = 8081").contains("prot"));
    assert!(refused("[htpp]\nport = 8081").contains("htpp"));
    let unknown = load("", &[("DAYBOOK__LEDGER__QUEUE", "5")]).err().unwrap_or_default();
    assert!(unknown.contains("queue"), "{unknown}");
}

#[test]
fn values_of_another_kind_are_refused_with_their_key() {
    assert!(refused("[http]\nport = 70000").contains("http.port"));
    assert!(refused("[http]\nhost = \"nowhere\"").contains("http.host"));
    assert!(refused("[ledger]\ndeadline = \"soon\"").contains("ledger.deadline"));
    assert!(refused("[telemetry]\nlog_format = \"xml\"").contains("telemetry.log_format"));
}

#[test]
fn values_that_cannot_work_are_refused() {
    for (toml, key) in [
        ("data_dir = \"\"", "data_dir"),
        ("[http]\npublic_url = \"book.example.com\"", "http.public_url"),
        ("[http]\npublic_url = \"https://book.example.com/portal\"", "http.public_url"),
        ("[http]\nallowed_origins = [\"*\"]", "http.allowed_origins"),
        ("[http]\nbody_bytes_max = 0", "http.body_bytes_max"),
        ("[database]\nurl = \"mysql://localhost/daybook\"", "database.url"),
        ("[database]\nreaders_max = 0", "database.readers_max"),
        ("[ledger]\nclaim_quantum_minutes = 7", "ledger.claim_quantum_minutes"),
        ("[holds]\nopen_max = 0", "holds.open_max"),
        ("[holds]\nunverified_share_percent = 101", "holds.unverified_share_percent"),
        ("[realtime]\ntopics_max = 0", "realtime.topics_max"),
        ("[rate_limit.writes]\nper_minute = 0", "rate_limit.writes"),
        ("[auth.argon2]\nmemory_kib = 1", "auth.argon2.memory_kib"),
        ("[auditor]\ninterval = \"0s\"", "auditor.interval"),
        ("[rates]\nurl = \"ftp://rates.example/daily.xml\"", "rates.url"),
        ("[rates]\nfetch_timeout = \"1ms\"", "rates.fetch_timeout"),
        ("[schedule]\nzone = \"Nowhere\"", "schedule.zone"),
        ("[schedule]\npurge = \"40 3 * *\"", "schedule.purge"),
        ("[schedule]\nexchange_rates = \"61 * * * *\"", "schedule.exchange_rates"),
        ("[retention]\nletters = \"1h\"", "retention.letters"),
        ("[rates]\nage_days_max = 0", "rates.age_days_max"),
    ] {
        let error = refused(toml);
        assert!(error.contains(key), "{toml}: {error}");
    }
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    for (toml, key) in [
        ("[ledger]\nbatch_items_max = 4096", "ledger.batch_items_max"),
        ("[ledger]\nqueue_max = 10000", "ledger.queue_max"),
        ("[ledger]\ndeadline = \"30s\"", "ledger.deadline"),
        ("[holds]\nlifetime = \"1h\"", "holds.lifetime"),
        ("[auth]\nadmin_idle = \"13h\"", "auth.admin_idle"),
        ("[realtime]\nresume_lifetime = \"1s\"", "realtime.resume_lifetime"),
        ("[realtime]\nconnections_max = 10", "realtime.connections_per_address_max"),
    ] {
        let error = refused(toml);
        assert!(error.contains(key), "{toml}: {error}");
    }
}

#[test]
fn every_key_of_the_defaults_is_explained() {
    let mut is_explained = false;
    for line in DEFAULTS.lines() {
        if line.trim().is_empty() {
            is_explained = false;
        } else if line.starts_with('#') || line.starts_with('[') {
            is_explained = true;
        } else {
            assert!(is_explained, "{line} has no comment in its paragraph");
        }
    }
}

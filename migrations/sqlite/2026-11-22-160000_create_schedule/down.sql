DROP INDEX sessions_by_expiry;
DROP INDEX reminders_done;
DROP INDEX outbox_done;
DROP TABLE purges;
DROP TABLE leases;
DROP TABLE cron_runs;
DROP TABLE cron_jobs;

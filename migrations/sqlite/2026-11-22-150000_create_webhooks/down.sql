DROP INDEX outbox_unannounced;
ALTER TABLE outbox DROP COLUMN is_announced;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;

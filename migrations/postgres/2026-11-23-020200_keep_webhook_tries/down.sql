DROP TABLE webhook_tries;

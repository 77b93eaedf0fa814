DROP TABLE jobs;
DROP TABLE former_ledgers;
DROP TABLE series;
DROP TABLE waiting;
DROP TABLE holds;
DROP TABLE ops;
DROP TABLE resource_teams;
DROP TABLE resources;

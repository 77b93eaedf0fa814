DROP TABLE service_teams;
DROP TABLE services;
DROP TABLE teams;
DROP TABLE counters;
DROP TABLE meta;

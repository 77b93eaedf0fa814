DROP TABLE sessions;
DROP TABLE users;
DROP TABLE time_off;
DROP TABLE date_exceptions;
DROP TABLE weekly_hours;
DROP TABLE service_members;
DROP TABLE team_members;
DROP TABLE members;

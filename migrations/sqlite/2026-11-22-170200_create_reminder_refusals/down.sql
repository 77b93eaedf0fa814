DROP TABLE reminder_refusals;

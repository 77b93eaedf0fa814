DROP TABLE direct_letters;

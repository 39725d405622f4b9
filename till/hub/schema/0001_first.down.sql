drop table job;
drop table check_in;
drop table event;
drop table delivery;
drop table registration;
drop table sticker;
drop table till;
drop table store;

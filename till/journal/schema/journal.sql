create table journal (
    number   integer primary key,
    stream   text    not null,
    kind     text    not null,
    version  integer not null,
    body     text    not null,
    at       text    not null,
    before   blob    not null check (length(before) = 32),
    hash     blob    not null check (length(hash) = 32)
) strict;

create index journal_by_stream on journal (stream, number);

-- Where to look: found rows are read from the journal itself.
create table completed_sale (
    receipt  integer primary key,
    sale     integer not null
) strict;

create table attempt (
    sale       integer not null,
    reference  text    not null,
    primary key (sale, reference)
) strict, without rowid;

create trigger journal_rows_stay
before delete on journal
begin
    select raise(abort, 'a journal row is never deleted');
end;

create trigger journal_rows_keep_their_content
before update on journal
begin
    select raise(abort, 'a journal row is never changed');
end;

create trigger journal_numbers_have_no_gaps
before insert on journal
when new.number <> (select coalesce(max(number), 0) + 1 from journal)
begin
    select raise(abort, 'a journal row follows the one before it');
end;

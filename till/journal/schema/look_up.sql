-- Where a payment is looked for by an amount or an hour; `number` is how far the journal has been noted here.
create table if not exists payment_trace (
    number     integer not null,
    reference  text    not null,
    minor      integer not null,
    at         text    not null
) strict;

create index if not exists payment_trace_by_number on payment_trace (number);
create index if not exists payment_trace_by_amount on payment_trace (minor, number);
create index if not exists payment_trace_by_time on payment_trace (at);

create table book (
    till text primary key references till (id),
    -- number and hash of the last record that is kept
    last bigint not null,
    hash text not null
);

create table record (
    till text not null,
    number bigint not null,
    stream text not null,
    kind text not null,
    version bigint not null,
    at text not null,
    body text not null,
    -- both in hex, as they travel
    before text not null,
    hash text not null,
    primary key (till, number)
);

-- what a payment's history is read by; a sale's own records are never looked for
create index record_by_stream on record (till, stream, number) where substr(stream, 1, 5) <> 'sale/';

create table sale (
    till text not null,
    number bigint not null,
    store text not null,
    -- the payment that paid for it; another one that was captured is a double
    paid_by text not null,
    receipt bigint not null,
    completed_at text not null,
    total bigint not null,
    currency text not null,
    cashier text,
    primary key (till, number)
);

create index sale_by_receipt on sale (receipt);

-- the store first: what a till tells of at once then lies side by side
create index sale_by_store on sale (store, completed_at);

create index sale_by_cashier on sale (cashier) where cashier is not null;

create table payment (
    reference text not null,
    till text not null,
    store text not null,
    sale bigint not null,
    amount bigint not null,
    currency text not null,
    captured bigint not null,
    refunded bigint not null,
    state text not null,
    -- how it ended, or which fault a person is to look at
    reason text,
    is_open bigint not null,
    requested_at text not null,
    primary key (reference, till)
);

create index payment_by_sale on payment (till, sale);

create index payment_by_time on payment (requested_at);

create index payment_by_store on payment (store, requested_at);

create index payment_by_amount on payment (amount);

create index payment_open on payment (requested_at) where is_open = 1;

create table refund (
    reference text not null,
    till text not null,
    number bigint not null,
    store text not null,
    amount bigint not null,
    currency text not null,
    state text not null,
    reason text,
    is_open bigint not null,
    requested_at text not null,
    done_at text,
    primary key (reference, till, number)
);

create index refund_by_done on refund (done_at);

create index refund_open on refund (requested_at) where is_open = 1;

create index central_refund_by_reference on central_refund (reference);

create table alarm (
    id text primary key,
    till text not null references till (id),
    kind text not null,
    -- the record at which two histories part
    number bigint not null,
    raised_at text not null,
    acknowledged_at text,
    acknowledged_by text
);

create table person (
    id text primary key,
    -- as it is typed, and as it is compared
    name text not null,
    name_folded text not null unique,
    role text not null,
    -- none for an owner, who sees every store
    store text references store (id),
    salt bytea not null,
    password bytea not null
);

create table session (
    -- SHA-256 of the token in the cookie
    digest text primary key,
    person text not null references person (id),
    begun_at text not null,
    seen_at text not null
);

create table attempt (
    -- digest of what is counted: a name, an address
    subject text primary key,
    count bigint not null,
    begun_at text not null
);

create index attempt_by_time on attempt (begun_at);

create table store (
    id text primary key,
    name text not null unique,
    msn text not null unique,
    currency text not null,
    -- client id, client secret and subscription key, sealed
    keys bytea
);

create table till (
    id text primary key,
    store text not null references store (id),
    name text not null,
    -- SHA-256 of its token; none while it may not speak to the hub
    token_digest text unique,
    seen_at text,
    last_event bigint not null default 0
);

create table sticker (
    msn text not null,
    merchant_qr_id text not null,
    till text not null references till (id),
    primary key (msn, merchant_qr_id)
);

create table registration (
    -- the last part of the URL, chosen by chance
    path text primary key,
    msn text not null,
    url text not null,
    events text not null,
    -- both are missing from before the wallet was asked until its answer is kept
    webhook_id text unique,
    secret bytea,
    made_at text not null
);

create table delivery (
    -- digest of what makes two deliveries the same
    digest text primary key,
    msn text not null,
    name text not null,
    reference text,
    psp_reference text,
    happened_at text not null,
    received_at text not null
);

create index delivery_by_reference on delivery (reference);

create index delivery_by_time on delivery (received_at);

create table event (
    till text not null references till (id),
    number bigint not null,
    kind text not null,
    -- sealed: a check-in's body holds the customer's token
    body bytea not null,
    at text not null,
    primary key (till, number)
);

create index event_by_time on event (at);

create table check_in (
    id text primary key,
    till text not null references till (id),
    merchant_qr_id text not null,
    happened_at text not null,
    event bigint not null
);

create table job (
    name text primary key,
    due_at text not null,
    done_at text,
    -- why it did not succeed the last time, in one word
    fault text
);

create table central_refund (
    -- made by the till that asks, so that asking twice is asking once
    id text primary key,
    till text not null references till (id),
    store text not null references store (id),
    reference text not null,
    minor bigint not null,
    currency text not null,
    asked_by text not null,
    approved_by text not null,
    asked_at text not null,
    -- asked, unknown, done, refused
    state text not null,
    -- why it was refused, or why it is unknown
    reason text,
    -- while it is open: the refund as the domain knows it, once the wallet has said what was given back before
    refund text,
    sends bigint not null default 0,
    first_sent_at text,
    due_at text not null
);

-- one that is not settled keeps every other refund of its payment waiting
create unique index central_refund_open on central_refund (store, reference) where state in ('asked', 'unknown');

create index central_refund_due on central_refund (due_at) where state in ('asked', 'unknown');

create table article_file (
    store text primary key references store (id),
    -- SHA-256 of the content, which is also its version
    digest text not null,
    content bytea not null,
    kept_at text not null
);

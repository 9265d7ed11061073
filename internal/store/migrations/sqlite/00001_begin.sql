-- +goose Up
-- Times are milliseconds since 1970 in UTC; 0 means "none". Flags are 0 or 1. Columns named sealed_* are encrypted.

CREATE TABLE pair (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    connection  TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    mailbox     TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    zone        TEXT   NOT NULL,
    container   TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    detail      TEXT   NOT NULL,
    since       INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    full_read   INTEGER NOT NULL,
    UNIQUE (connection, kind, mailbox)
) STRICT;

-- raynet and outlook are "type/id", null while a create is under way. series is a hash of the Outlook series' id.
-- body is the rest of the link as compact JSON.
CREATE TABLE link (
    id          TEXT   NOT NULL PRIMARY KEY,
    pair        INTEGER NOT NULL REFERENCES pair (id),
    state       TEXT   NOT NULL,
    raynet      TEXT,
    outlook     TEXT,
    series      TEXT,
    twin        TEXT,
    span_till   INTEGER,
    body        TEXT   NOT NULL
) STRICT;
CREATE UNIQUE INDEX link_raynet ON link (raynet, pair) WHERE raynet IS NOT NULL;
CREATE UNIQUE INDEX link_outlook ON link (outlook, pair) WHERE outlook IS NOT NULL;
CREATE INDEX link_pair ON link (pair, id);
CREATE INDEX link_series ON link (series, pair) WHERE series IS NOT NULL;
CREATE INDEX link_twin ON link (twin) WHERE twin IS NOT NULL;
CREATE INDEX link_ended ON link (pair, span_till, id) WHERE state = 'linked' AND span_till IS NOT NULL;

-- How many links of a pair are in a state, so that counting costs the same however many there are.
CREATE TABLE tally (
    pair        INTEGER NOT NULL REFERENCES pair (id),
    state       TEXT   NOT NULL,
    links       INTEGER NOT NULL,
    PRIMARY KEY (pair, state)
) STRICT;

-- target is what the request changes ("raynet/type/id", "outlook/<pair>/type/id"), null for a create; key is what a create
-- carries, null if it carries none. At most one request per target or key may be under way.
CREATE TABLE intent (
    op          TEXT   NOT NULL PRIMARY KEY,
    pair        INTEGER NOT NULL REFERENCES pair (id),
    connection  TEXT   NOT NULL,
    link        TEXT   NOT NULL,
    target      TEXT,
    key         TEXT,
    tries       INTEGER NOT NULL,
    last_sent   INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    sealed_body BLOB   NOT NULL
) STRICT;
CREATE UNIQUE INDEX intent_target ON intent (connection, target) WHERE target IS NOT NULL;
CREATE UNIQUE INDEX intent_key ON intent (connection, key) WHERE key IS NOT NULL;
CREATE INDEX intent_connection ON intent (connection);
CREATE INDEX intent_pair ON intent (pair);
CREATE INDEX intent_link ON intent (link);

CREATE TABLE journal (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    run         TEXT   NOT NULL,
    pair        INTEGER NOT NULL,
    link        TEXT   NOT NULL,
    op          TEXT   NOT NULL,
    event       TEXT   NOT NULL,
    side        TEXT   NOT NULL,
    raynet      TEXT,
    outlook     TEXT,
    reason      TEXT   NOT NULL,
    sealed_body BLOB
) STRICT;
CREATE INDEX journal_link ON journal (link, id);
CREATE INDEX journal_op ON journal (op) WHERE op <> '';
CREATE INDEX journal_run ON journal (run, id);
CREATE INDEX journal_pair ON journal (pair, id);
CREATE INDEX journal_raynet ON journal (raynet, id) WHERE raynet IS NOT NULL;
CREATE INDEX journal_outlook ON journal (outlook, id) WHERE outlook IS NOT NULL;

-- retry_at is null for what only a person can move.
CREATE TABLE work (
    pair        INTEGER NOT NULL REFERENCES pair (id),
    ref         TEXT   NOT NULL,
    why         TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    detail      TEXT   NOT NULL,
    generation  INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    retry_at    INTEGER,
    PRIMARY KEY (pair, ref)
) STRICT;
CREATE INDEX work_due ON work (pair, retry_at, ref);
CREATE INDEX work_why ON work (pair, why);
CREATE INDEX work_ref ON work (ref);

CREATE TABLE aside (
    pair        INTEGER NOT NULL REFERENCES pair (id),
    ref         TEXT   NOT NULL,
    rule        TEXT   NOT NULL,
    version     TEXT   NOT NULL,
    since       INTEGER NOT NULL,
    span        TEXT   NOT NULL,
    series      TEXT   NOT NULL,
    natural_key TEXT,
    twin        TEXT,
    source      TEXT,
    PRIMARY KEY (pair, ref)
) STRICT;
CREATE INDEX aside_ref ON aside (ref);
CREATE INDEX aside_rule ON aside (pair, rule, ref);
CREATE INDEX aside_natural ON aside (pair, natural_key) WHERE natural_key IS NOT NULL;
CREATE INDEX aside_twin ON aside (twin) WHERE twin IS NOT NULL;
CREATE INDEX aside_source ON aside (pair, source) WHERE source IS NOT NULL;

CREATE TABLE cursor_at (
    scope        TEXT   NOT NULL PRIMARY KEY,
    sealed_token BLOB   NOT NULL,
    at           INTEGER NOT NULL,
    window_from  INTEGER NOT NULL,
    window_till  INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    complete     INTEGER NOT NULL
) STRICT;

CREATE TABLE run (
    id            TEXT   NOT NULL PRIMARY KEY,
    what          TEXT   NOT NULL,
    started       INTEGER NOT NULL,
    ended         INTEGER NOT NULL,
    sealed_report BLOB
) STRICT;
CREATE INDEX run_started ON run (started);

CREATE TABLE secret (
    name         TEXT   NOT NULL PRIMARY KEY,
    sealed_value BLOB   NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE memory (
    key          TEXT   NOT NULL PRIMARY KEY,
    sealed_value BLOB   NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE lease (
    name        TEXT   NOT NULL PRIMARY KEY,
    number      INTEGER NOT NULL,
    holder      TEXT   NOT NULL,
    until       INTEGER NOT NULL
) STRICT;

CREATE TABLE counter (
    name        TEXT   NOT NULL PRIMARY KEY,
    value       INTEGER NOT NULL
) STRICT;
INSERT INTO counter (name, value) VALUES ('work', 0);

-- +goose Down
DROP TABLE counter;
DROP TABLE lease;
DROP TABLE memory;
DROP TABLE secret;
DROP TABLE run;
DROP TABLE cursor_at;
DROP TABLE aside;
DROP TABLE work;
DROP TABLE journal;
DROP TABLE intent;
DROP TABLE tally;
DROP TABLE link;
DROP TABLE pair;

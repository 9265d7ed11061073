-- +goose Up
-- Who may look and decide, what they did, and what is told about the server itself.

-- subject is the person's id at Microsoft, null for who has a password. sealed_body is the rest as compact JSON.
CREATE TABLE account (
    name        TEXT   NOT NULL PRIMARY KEY,
    subject     TEXT,
    role        TEXT   NOT NULL,
    since       INTEGER NOT NULL,
    sealed_body BLOB   NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_subject ON account (subject) WHERE subject IS NOT NULL;

-- token is a hash of what the browser holds.
CREATE TABLE session (
    token       TEXT   NOT NULL PRIMARY KEY,
    account     TEXT   NOT NULL,
    until       INTEGER NOT NULL,
    sealed_body BLOB   NOT NULL
) STRICT;
CREATE INDEX session_until ON session (until);
CREATE INDEX session_account ON session (account);

-- chain is a keyed digest of the row and the chain before it, so that a row that was changed or taken out is noticed.
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    account     TEXT   NOT NULL,
    act         TEXT   NOT NULL,
    sealed_body BLOB   NOT NULL,
    chain       TEXT   NOT NULL
) STRICT;

-- Figures for the charts: n things in the hour that begins at "at", with the sum and the largest of their values.
CREATE TABLE sample (
    at          INTEGER NOT NULL,
    name        TEXT   NOT NULL,
    n           INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    most        INTEGER NOT NULL,
    PRIMARY KEY (at, name)
) STRICT;

-- What people were told of, or will be: since when it holds, when it was told last; ended is 0 while it holds.
CREATE TABLE alert (
    code        TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    since       INTEGER NOT NULL,
    told        INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    sealed_body BLOB   NOT NULL,
    PRIMARY KEY (code, subject)
) STRICT;

-- +goose Down
DROP TABLE alert;
DROP TABLE sample;
DROP TABLE audit;
DROP TABLE session;
DROP TABLE account;

-- +goose Up
-- What the overview asks for a user, and when each feed was read last, without reading the tokens beside it.
CREATE INDEX pair_user ON pair (connection, mailbox, kind);
CREATE INDEX cursor_time ON cursor_at (scope, at);

-- +goose Down
DROP INDEX cursor_time;
DROP INDEX pair_user;

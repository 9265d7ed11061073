-- name: PutCursor :exec
INSERT INTO cursor_at (scope, sealed_token, at, window_from, window_till, since, complete)
VALUES (@scope, @sealed_token, @at, @window_from, @window_till, @since, @complete)
ON CONFLICT (scope) DO UPDATE SET
    sealed_token = excluded.sealed_token, at = excluded.at, window_from = excluded.window_from,
    window_till = excluded.window_till, since = excluded.since, complete = excluded.complete;

-- name: Cursor :one
SELECT * FROM cursor_at WHERE scope = @scope;

-- name: SaveRun :exec
INSERT INTO run (id, what, started, ended, sealed_report) VALUES (@id, @what, @started, @ended, @sealed_report)
ON CONFLICT (id) DO UPDATE SET
    what = excluded.what, started = excluded.started, ended = excluded.ended, sealed_report = excluded.sealed_report;

-- name: Run :one
SELECT * FROM run WHERE id = @id;

-- name: Runs :many
SELECT * FROM run ORDER BY started DESC LIMIT @max_rows;

-- name: PruneRuns :execrows
DELETE FROM run WHERE started < @before;

-- name: PutSecret :exec
INSERT INTO secret (name, sealed_value, at) VALUES (@name, @sealed_value, @at)
ON CONFLICT (name) DO UPDATE SET sealed_value = excluded.sealed_value, at = excluded.at;

-- name: Secret :one
SELECT sealed_value FROM secret WHERE name = @name;

-- name: DropSecret :exec
DELETE FROM secret WHERE name = @name;

-- name: Remember :exec
INSERT INTO memory (key, sealed_value, at) VALUES (@key, @sealed_value, @at)
ON CONFLICT (key) DO UPDATE SET sealed_value = excluded.sealed_value, at = excluded.at;

-- name: Recall :one
SELECT sealed_value FROM memory WHERE key = @key;

-- name: Forget :exec
DELETE FROM memory WHERE key = @key;

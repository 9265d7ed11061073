-- name: OpenIntent :execrows
INSERT INTO intent (op, pair, connection, link, target, key, tries, last_sent, not_before, sealed_body)
SELECT @op, p.id, p.connection, @link, sqlc.narg('target'), sqlc.narg('key'), @tries, @last_sent, @not_before, @sealed_body
FROM pair p WHERE p.id = @pair;

-- name: TouchIntent :execrows
UPDATE intent SET tries = @tries, last_sent = @last_sent, not_before = @not_before WHERE op = @op;

-- name: CloseIntent :execrows
DELETE FROM intent WHERE op = @op;

-- name: Intents :many
SELECT * FROM intent WHERE pair = @pair ORDER BY op;

-- name: IntentsOfConnection :many
SELECT * FROM intent WHERE connection = @connection ORDER BY op;

-- name: IntentsOfLink :many
SELECT * FROM intent WHERE link = @link AND pair = @pair ORDER BY op;

-- name: ReplaceIntentBody :exec
UPDATE intent SET sealed_body = @sealed_body WHERE op = @op;

-- name: IntentCount :one
SELECT COUNT(*) FROM intent WHERE pair = @pair;

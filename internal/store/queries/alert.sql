-- name: Alerts :many
SELECT * FROM alert ORDER BY code, subject;

-- name: PutAlert :exec
INSERT INTO alert (code, subject, since, told, ended, sealed_body)
VALUES (@code, @subject, @since, @told, @ended, @sealed_body)
ON CONFLICT (code, subject) DO UPDATE SET
    since = excluded.since, told = excluded.told, ended = excluded.ended, sealed_body = excluded.sealed_body;

-- name: DropAlert :exec
DELETE FROM alert WHERE code = @code AND subject = @subject;

-- name: EventCounts :many
SELECT pair, event, COUNT(*) AS things FROM journal WHERE at >= @since GROUP BY pair, event ORDER BY pair, event;

-- name: ParkedFor :many
SELECT w.pair, COUNT(*) AS things, CAST(MIN(w.since) AS BIGINT) AS oldest FROM pair p
JOIN work w ON w.pair = p.id AND w.why = 'parked' AND w.reason = @reason
WHERE p.connection = @connection GROUP BY w.pair ORDER BY w.pair;

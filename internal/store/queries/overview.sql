-- name: UserPage :many
SELECT p.mailbox, CAST(MAX(p.address) AS TEXT) AS address,
    CAST(MAX(CASE p.state WHEN 'halted' THEN 3 WHEN 'refused' THEN 2 WHEN 'paused' THEN 1 ELSE 0 END) AS BIGINT) AS worst
FROM pair p WHERE p.connection = @connection
GROUP BY p.mailbox
HAVING (MAX(p.address) > CAST(@address AS TEXT) OR (MAX(p.address) = CAST(@address AS TEXT) AND p.mailbox > CAST(@mailbox AS TEXT)))
    AND (CAST(@search AS TEXT) = '' OR LOWER(MAX(p.address)) LIKE CAST(@search AS TEXT) ESCAPE '!')
ORDER BY MAX(p.address), p.mailbox LIMIT @max_rows;

-- name: TroubledPage :many
SELECT p.mailbox, CAST(MAX(p.address) AS TEXT) AS address,
    CAST(MAX(CASE p.state WHEN 'halted' THEN 3 WHEN 'refused' THEN 2 WHEN 'paused' THEN 1 ELSE 0 END) AS BIGINT) AS worst
FROM pair p WHERE p.connection = @connection
GROUP BY p.mailbox
HAVING (MAX(p.address) > CAST(@address AS TEXT) OR (MAX(p.address) = CAST(@address AS TEXT) AND p.mailbox > CAST(@mailbox AS TEXT)))
    AND (CAST(@search AS TEXT) = '' OR LOWER(MAX(p.address)) LIKE CAST(@search AS TEXT) ESCAPE '!')
    AND MAX(CASE WHEN p.state IN ('halted', 'refused')
        OR (p.state = 'running' AND EXISTS (SELECT 1 FROM cursor_at c
            WHERE c.scope = 'outlook/' || p.mailbox || '/' || p.kind || '/' || p.container AND c.at < @late))
        OR EXISTS (SELECT 1 FROM work w WHERE w.pair = p.id AND w.why IN ('parked', 'review'))
        THEN 1 ELSE 0 END) = 1
ORDER BY MAX(p.address), p.mailbox LIMIT @max_rows;

-- name: UserStates :many
SELECT u.worst, COUNT(*) AS users FROM (
    SELECT p.mailbox,
        CAST(MAX(CASE p.state WHEN 'halted' THEN 3 WHEN 'refused' THEN 2 WHEN 'paused' THEN 1 ELSE 0 END) AS BIGINT) AS worst
    FROM pair p WHERE p.connection = @connection GROUP BY p.mailbox) u
GROUP BY u.worst ORDER BY u.worst;

-- name: PairStops :many
SELECT state, reason, COUNT(DISTINCT mailbox) AS users, COUNT(*) AS pairs, CAST(MIN(since) AS BIGINT) AS first
FROM pair WHERE connection = @connection AND state <> 'running'
GROUP BY state, reason ORDER BY state, reason;

-- name: WorkTotals :many
SELECT w.why, COUNT(*) AS things, COUNT(DISTINCT p.mailbox) AS users, CAST(MIN(w.since) AS BIGINT) AS first
FROM pair p JOIN work w ON w.pair = p.id
WHERE p.connection = @connection AND w.why IN ('parked', 'review')
GROUP BY w.why ORDER BY w.why;

-- name: LateUsers :one
SELECT COUNT(DISTINCT p.mailbox) AS users, CAST(COALESCE(MIN(c.at), 0) AS BIGINT) AS first
FROM pair p JOIN cursor_at c ON c.scope = 'outlook/' || p.mailbox || '/' || p.kind || '/' || p.container
WHERE p.connection = @connection AND p.state = 'running' AND c.at < @late;

-- name: LinkTotals :many
SELECT p.kind, t.state, CAST(SUM(t.links) AS BIGINT) AS links
FROM pair p JOIN tally t ON t.pair = p.id
WHERE p.connection = @connection
GROUP BY p.kind, t.state ORDER BY p.kind, t.state;

-- name: PairFigures :many
SELECT p.id, p.kind, p.mailbox, p.address, p.state, p.reason, p.detail, p.since,
    CAST(COALESCE((SELECT c.at FROM cursor_at c
        WHERE c.scope = 'outlook/' || p.mailbox || '/' || p.kind || '/' || p.container), 0) AS BIGINT) AS cycle,
    CAST(COALESCE((SELECT j.at FROM journal j WHERE j.pair = p.id ORDER BY j.id DESC LIMIT 1), 0) AS BIGINT) AS changed,
    CAST(COALESCE((SELECT j.run FROM journal j WHERE j.pair = p.id ORDER BY j.id DESC LIMIT 1), '') AS TEXT) AS run,
    CAST((SELECT COUNT(*) FROM intent i WHERE i.pair = p.id) AS BIGINT) AS intents,
    CAST(COALESCE((SELECT MIN(w.retry_at) FROM work w WHERE w.pair = p.id AND w.retry_at IS NOT NULL), 0) AS BIGINT) AS retry_at
FROM pair p
WHERE p.connection = @connection AND p.mailbox >= @first_mailbox AND p.mailbox <= @last_mailbox
ORDER BY p.mailbox, p.kind;

-- name: PairTallies :many
SELECT t.pair, t.state, t.links FROM pair p JOIN tally t ON t.pair = p.id
WHERE p.connection = @connection AND p.mailbox >= @first_mailbox AND p.mailbox <= @last_mailbox;

-- name: PairWork :many
SELECT w.pair, w.why, COUNT(*) AS things FROM pair p JOIN work w ON w.pair = p.id
WHERE p.connection = @connection AND p.mailbox >= @first_mailbox AND p.mailbox <= @last_mailbox
GROUP BY w.pair, w.why;

-- name: AddSample :exec
INSERT INTO sample (at, name, n, total, most) VALUES (@at, @name, @n, @total, @most)
ON CONFLICT (at, name) DO UPDATE SET
    n = sample.n + excluded.n, total = sample.total + excluded.total,
    most = CASE WHEN excluded.most > sample.most THEN excluded.most ELSE sample.most END;

-- name: Samples :many
SELECT at, name, n, total, most FROM sample WHERE at >= @since ORDER BY at, name;

-- name: PruneSamples :execrows
DELETE FROM sample WHERE at < @before;

-- name: PairsWithLinks :many
SELECT p.id FROM pair p JOIN tally t ON t.pair = p.id
WHERE p.connection = @connection AND t.state = @state AND t.links > 0 AND p.id >= @first ORDER BY p.id;

-- name: LinksInState :many
SELECT * FROM link WHERE pair = @pair AND state = @state AND id > @after ORDER BY id LIMIT @max_rows;

-- name: PairsWithWork :many
SELECT DISTINCT p.id FROM pair p JOIN work w ON w.pair = p.id AND w.why = @why
WHERE p.connection = @connection AND p.id >= @first ORDER BY p.id;

-- name: WorkInState :many
SELECT * FROM work WHERE pair = @pair AND why = @why AND ref > @after ORDER BY ref LIMIT @max_rows;

-- name: AsidesOfPair :many
SELECT * FROM aside WHERE pair = @pair AND ref > @after ORDER BY ref LIMIT @max_rows;

-- name: Holdings :many
SELECT name, holder, until FROM lease WHERE holder <> '' AND until > @now ORDER BY name LIMIT @max_rows;

-- name: StoppedPairs :many
SELECT address, kind, state, reason, detail, since FROM pair
WHERE connection = @connection AND state IN ('halted', 'refused') ORDER BY since DESC, id LIMIT @max_rows;

-- name: NewestParked :many
SELECT p.address, p.kind, p.state, w.ref, w.reason, w.detail, w.since
FROM pair p JOIN work w ON w.pair = p.id AND w.why = 'parked'
WHERE p.connection = @connection ORDER BY w.since DESC, w.ref LIMIT @max_rows;

-- name: PairsOfUser :many
SELECT * FROM pair WHERE connection = @connection AND LOWER(address) = LOWER(CAST(@address AS TEXT)) ORDER BY id;

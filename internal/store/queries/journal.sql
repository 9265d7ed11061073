-- name: AddEntry :exec
INSERT INTO journal (at, run, pair, link, op, event, side, raynet, outlook, reason, sealed_body)
VALUES (@at, @run, @pair, @link, @op, @event, @side, @raynet, @outlook, @reason, @sealed_body);

-- name: SettleEntry :execrows
UPDATE journal SET at = @at, event = @event, reason = @reason, raynet = @raynet, outlook = @outlook
WHERE op = @op AND op <> '' AND event = 'sending';

-- name: EraseEntries :exec
UPDATE journal SET sealed_body = NULL WHERE link = @link AND pair = @pair AND sealed_body IS NOT NULL;

-- name: PruneJournal :execrows
DELETE FROM journal WHERE id <= @up_to AND at < @before;

-- name: OldestEntries :many
SELECT id FROM journal ORDER BY id LIMIT @max_rows;

-- name: Entry :one
SELECT * FROM journal WHERE id = @id;

-- name: EntriesOfLink :many
SELECT * FROM journal WHERE link = @link AND id < @before_id AND at >= @since
    AND (CAST(@run AS TEXT) = '' OR run = CAST(@run AS TEXT))
    AND (CAST(@pair AS BIGINT) = 0 OR pair = CAST(@pair AS BIGINT))
ORDER BY id DESC LIMIT @max_rows;

-- name: EntriesOfRaynet :many
SELECT * FROM journal WHERE raynet = @raynet AND id < @before_id AND at >= @since
    AND (CAST(@run AS TEXT) = '' OR run = CAST(@run AS TEXT))
    AND (CAST(@pair AS BIGINT) = 0 OR pair = CAST(@pair AS BIGINT))
ORDER BY id DESC LIMIT @max_rows;

-- name: EntriesOfOutlook :many
SELECT * FROM journal WHERE outlook = @outlook AND id < @before_id AND at >= @since
    AND (CAST(@run AS TEXT) = '' OR run = CAST(@run AS TEXT))
    AND (CAST(@pair AS BIGINT) = 0 OR pair = CAST(@pair AS BIGINT))
ORDER BY id DESC LIMIT @max_rows;

-- name: OnceInOutlook :many
SELECT outlook FROM journal WHERE link = @link AND outlook <> @now ORDER BY id;

-- name: MadeOtherwise :one
SELECT EXISTS (SELECT 1 FROM journal WHERE link = @link AND event IN ('created', 'matched') AND op <> '' AND op <> @op);

-- name: SentAgain :one
SELECT EXISTS (SELECT 1 FROM journal WHERE link = @link AND op = @op AND reason = 'sent-again');

-- name: EntriesOfRun :many
SELECT * FROM journal WHERE run = @run AND id < @before_id AND at >= @since
    AND (CAST(@pair AS BIGINT) = 0 OR pair = CAST(@pair AS BIGINT))
ORDER BY id DESC LIMIT @max_rows;

-- name: EntriesOfPair :many
SELECT * FROM journal WHERE pair = @pair AND id < @before_id AND at >= @since
ORDER BY id DESC LIMIT @max_rows;

-- name: Entries :many
SELECT * FROM journal WHERE id < @before_id AND at >= @since
ORDER BY id DESC LIMIT @max_rows;

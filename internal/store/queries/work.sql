-- name: Count :one
UPDATE counter SET value = value + @by WHERE name = @name RETURNING value;

-- name: PutWork :exec
INSERT INTO work (pair, ref, why, reason, detail, generation, tries, since, retry_at)
VALUES (@pair, @ref, @why, @reason, @detail, @generation, @tries, @since, @retry_at)
ON CONFLICT (pair, ref) DO UPDATE SET
    why = excluded.why, reason = excluded.reason, detail = excluded.detail, generation = excluded.generation,
    tries = excluded.tries, retry_at = excluded.retry_at;

-- name: ReportWork :exec
INSERT INTO work (pair, ref, why, reason, detail, generation, tries, since, retry_at)
VALUES (@pair, @ref, 'changed', '', '', @generation, 0, @since, @since)
ON CONFLICT (pair, ref) DO UPDATE SET
    generation = excluded.generation,
    retry_at = CASE WHEN work.why = 'absent' THEN work.retry_at ELSE excluded.retry_at END;

-- name: Suspect :exec
INSERT INTO work (pair, ref, why, reason, detail, generation, tries, since, retry_at)
VALUES (@pair, @ref, 'absent', 'deleted-in-raynet', '', @generation, 0, @since, @since)
ON CONFLICT (pair, ref) DO UPDATE SET
    why = 'absent', reason = excluded.reason, detail = '', generation = excluded.generation, tries = 0,
    since = excluded.since, retry_at = excluded.retry_at
WHERE work.why <> 'absent';

-- name: DoneWork :execrows
DELETE FROM work WHERE pair = @pair AND ref = @ref AND generation = @generation;

-- name: WorkDue :many
SELECT * FROM work WHERE pair = @pair AND retry_at <= @due ORDER BY retry_at, ref LIMIT @max_rows;

-- name: WorkOfRef :many
SELECT * FROM work WHERE ref = @ref ORDER BY pair;

-- name: WorkOfPairRef :one
SELECT * FROM work WHERE pair = @pair AND ref = @ref;

-- name: WorkOfPair :many
SELECT * FROM work WHERE pair = @pair AND ref > @after ORDER BY ref LIMIT @max_rows;

-- name: WorkCounts :many
SELECT why, COUNT(*) AS things FROM work WHERE pair = @pair GROUP BY why ORDER BY why;

-- name: PutAside :exec
INSERT INTO aside (pair, ref, rule, version, since, span, series, natural_key, twin, source)
VALUES (@pair, @ref, @rule, @version, @since, @span, @series, @natural_key, @twin, @source)
ON CONFLICT (pair, ref) DO UPDATE SET
    since = CASE WHEN aside.rule = excluded.rule THEN aside.since ELSE excluded.since END,
    rule = excluded.rule, version = excluded.version, span = excluded.span, series = excluded.series,
    natural_key = excluded.natural_key, twin = excluded.twin, source = excluded.source;

-- name: DropAside :execrows
DELETE FROM aside WHERE pair = @pair AND ref = @ref;

-- name: Aside :one
SELECT * FROM aside WHERE pair = @pair AND ref = @ref;

-- name: AsidesOfRef :many
SELECT * FROM aside WHERE ref = @ref ORDER BY pair;

-- name: AsidesByNatural :many
SELECT * FROM aside WHERE pair = @pair AND natural_key = @natural_key ORDER BY ref;

-- name: AsidesByTwin :many
SELECT a.* FROM aside a JOIN pair p ON p.id = a.pair
WHERE a.twin = @twin AND p.connection = @connection ORDER BY a.pair, a.ref;

-- name: AsidesByRule :many
SELECT * FROM aside WHERE pair = @pair AND rule = @rule AND ref > @after ORDER BY ref LIMIT @max_rows;

-- name: AsidesBySource :many
SELECT * FROM aside WHERE pair = @pair AND source = @source ORDER BY ref;

-- name: AsideCounts :many
SELECT rule, COUNT(*) AS things FROM aside WHERE pair = @pair GROUP BY rule ORDER BY rule;

-- name: LinkState :one
SELECT pair, state FROM link WHERE id = @id;

-- name: PutLink :exec
INSERT INTO link (id, pair, state, raynet, outlook, series, twin, span_till, body)
VALUES (@id, @pair, @state, @raynet, @outlook, @series, @twin, @span_till, @body)
ON CONFLICT (id) DO UPDATE SET
    state = excluded.state, raynet = excluded.raynet, outlook = excluded.outlook, series = excluded.series,
    twin = excluded.twin, span_till = excluded.span_till, body = excluded.body;

-- name: DropLink :execrows
DELETE FROM link WHERE id = @id;

-- name: AddTally :exec
INSERT INTO tally (pair, state, links) VALUES (@pair, @state, @links)
ON CONFLICT (pair, state) DO UPDATE SET links = tally.links + excluded.links;

-- name: Tallies :many
SELECT state, links FROM tally WHERE pair = @pair ORDER BY state;

-- name: Link :one
SELECT * FROM link WHERE id = @id;

-- name: LinkOfRaynet :one
SELECT * FROM link WHERE raynet = @ref AND pair = @pair;

-- name: LinkOfOutlook :one
SELECT * FROM link WHERE outlook = @ref AND pair = @pair;

-- name: LinksOfRaynet :many
SELECT l.* FROM link l JOIN pair p ON p.id = l.pair
WHERE l.raynet = @ref AND p.connection = @connection ORDER BY l.pair;

-- name: LinksOfOutlook :many
SELECT l.* FROM link l JOIN pair p ON p.id = l.pair
WHERE l.outlook = @ref AND p.connection = @connection ORDER BY l.pair;

-- name: LinksOfSeries :many
SELECT * FROM link WHERE series = @series AND pair = @pair ORDER BY outlook;

-- name: LinksOnceOfRaynet :many
SELECT * FROM link WHERE id IN (SELECT link FROM journal WHERE journal.raynet = @ref AND journal.pair = @pair)
    AND raynet <> @ref ORDER BY id;

-- name: LinksOnceOfOutlook :many
SELECT * FROM link WHERE id IN (SELECT link FROM journal WHERE journal.outlook = @ref AND journal.pair = @pair)
    AND outlook <> @ref ORDER BY id;

-- name: LinksByTwin :many
SELECT l.* FROM link l JOIN pair p ON p.id = l.pair
WHERE l.twin = @twin AND p.connection = @connection ORDER BY l.pair, l.id;

-- name: LinksEnded :many
SELECT * FROM link
WHERE pair = @pair AND state = 'linked' AND span_till < @before
ORDER BY span_till, id LIMIT @max_rows;

-- name: LinksAfter :many
SELECT * FROM link WHERE pair = @pair AND id > @after AND state = 'linked' ORDER BY id LIMIT @max_rows;

-- name: RaynetRefs :many
SELECT DISTINCT l.raynet FROM link l JOIN pair p ON p.id = +l.pair
WHERE l.raynet > @after AND l.state = 'linked' AND p.connection = @connection
ORDER BY l.raynet LIMIT @max_rows;

-- name: PruneLinks :many
SELECT id FROM link
WHERE raynet IS NULL AND outlook IS NULL AND state IN ('released', 'hidden', 'dissolved') LIMIT @max_rows;

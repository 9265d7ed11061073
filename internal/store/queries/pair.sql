-- name: Pairs :many
SELECT * FROM pair WHERE connection = @connection ORDER BY id;

-- name: Pair :one
SELECT * FROM pair WHERE id = @id;

-- name: UpsertPair :one
INSERT INTO pair (connection, kind, mailbox, address, person, zone, container, state, reason, detail, since, generation, full_read)
VALUES (@connection, @kind, @mailbox, @address, @person, @zone, @container, @state, @reason, @detail, @since, @generation, @full_read)
ON CONFLICT (connection, kind, mailbox) DO UPDATE SET
    address = excluded.address, person = excluded.person, zone = excluded.zone, container = excluded.container,
    full_read = CASE WHEN excluded.full_read = 1 THEN 1 ELSE pair.full_read END
RETURNING id;

-- name: BumpPair :one
UPDATE pair SET generation = generation + 1 WHERE id = @id RETURNING generation;

-- name: SetPairFull :execrows
UPDATE pair SET full_read = @full_read WHERE id = @id;

-- name: PutContainer :execrows
UPDATE pair SET container = @container WHERE id = @id;

-- name: PutPairState :execrows
UPDATE pair SET
    since = CASE WHEN state = @state THEN since ELSE @since END,
    state = @state, reason = @reason, detail = @detail
WHERE id = @id;

-- name: Acquire :one
INSERT INTO lease (name, number, holder, until) VALUES (@name, 1, @holder, @until)
ON CONFLICT (name) DO UPDATE SET number = lease.number + 1, holder = excluded.holder, until = excluded.until
WHERE lease.until <= @now OR lease.holder = excluded.holder
RETURNING number;

-- name: Lease :one
SELECT * FROM lease WHERE name = @name;

-- name: Renew :execrows
UPDATE lease SET until = @until WHERE name = @name AND number = @number;

-- name: Release :execrows
UPDATE lease SET until = 0, holder = '' WHERE name = @name AND number = @number;

-- name: CheckFence :execrows
UPDATE lease SET number = @number WHERE name = @name AND number = @number;

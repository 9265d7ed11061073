-- name: Accounts :many
SELECT * FROM account ORDER BY name;

-- name: Account :one
SELECT * FROM account WHERE name = @name;

-- name: AccountOfSubject :one
SELECT * FROM account WHERE subject = @subject;

-- name: PutAccount :exec
INSERT INTO account (name, subject, role, since, sealed_body)
VALUES (@name, sqlc.narg('subject'), @role, @since, @sealed_body)
ON CONFLICT (name) DO UPDATE SET
    subject = excluded.subject, role = excluded.role, since = excluded.since, sealed_body = excluded.sealed_body;

-- name: DropAccount :execrows
DELETE FROM account WHERE name = @name;

-- name: Session :one
SELECT * FROM session WHERE token = @token;

-- name: PutSession :exec
INSERT INTO session (token, account, until, sealed_body) VALUES (@token, @account, @until, @sealed_body)
ON CONFLICT (token) DO UPDATE SET
    account = excluded.account, until = excluded.until, sealed_body = excluded.sealed_body;

-- name: DropSession :execrows
DELETE FROM session WHERE token = @token;

-- name: EndSessions :execrows
DELETE FROM session WHERE account = @account;

-- name: PruneSessions :execrows
DELETE FROM session WHERE until <= @now;

-- name: AddAudit :exec
INSERT INTO audit (id, at, account, act, sealed_body, chain) VALUES (@id, @at, @account, @act, @sealed_body, @chain);

-- name: AuditBefore :many
SELECT * FROM audit WHERE id < @before_id ORDER BY id DESC LIMIT @max_rows;

-- name: AuditAfter :many
SELECT * FROM audit WHERE id > @after_id ORDER BY id LIMIT @max_rows;

-- name: WorkByWhy :many
SELECT * FROM work WHERE pair = @pair AND why = @why ORDER BY ref LIMIT @max_rows;

-- name: WorkReasons :many
SELECT w.why, w.reason, COUNT(*) AS things FROM work w JOIN pair p ON p.id = w.pair
WHERE p.connection = @connection AND w.why IN ('review', 'parked')
GROUP BY w.why, w.reason ORDER BY w.why, w.reason;

package store

// The query package is generated from queries/ and the PostgreSQL migrations; SQLite runs the same text. "make generate" builds the
// generator first, without the C parts that would take minutes.
//go:generate ../../bin/sqlc generate

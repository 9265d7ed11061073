package store

// The query package is generated from queries/ and the PostgreSQL migrations; SQLite runs the same text.
//go:generate go tool -modfile=../../tools/sqlc/go.mod sqlc generate

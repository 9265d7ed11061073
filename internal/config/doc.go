// Package config is what an administrator decides: the settings, where each one came from, and what is wrong with them.
//
// It knows: one table of keys (Keys) that drives the file, the environment, the documentation and the help text; the shape
// each value must have; how to say what is wrong with the key's name, the line and what would be right. It refuses to know
// what a setting does to a synchronisation, either service, the database, any language but English (an Error carries a code
// and arguments from which other languages are rendered).
//
// Start reading at Keys (keys.go), then Load.
package config

//go:generate go run raynetsync/internal/config/docgen -out ../../docs/configuration.md

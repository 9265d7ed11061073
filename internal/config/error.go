package config

import (
	"fmt"
	"strings"
)

// Code names a kind of mistake. It is stable: messages in other languages are found by it.
type Code string

// The codes, with the arguments each one carries in Error.Args.
const (
	CodeFile      Code = "file"      // a file cannot be read: path, reason
	CodeSyntax    Code = "syntax"    // not TOML: reason
	CodeUnknown   Code = "unknown"   // no such key, section or variable: name, nearest (may be empty)
	CodeMissing   Code = "missing"   // a required value is not there: variable
	CodeType      Code = "type"      // a value of the wrong kind: want, got
	CodeChoice    Code = "choice"    // none of the alternatives: value, allowed, nearest (may be empty)
	CodeRange     Code = "range"     // a number or time span out of bounds: value, least, most
	CodeDuration  Code = "duration"  // not a time span: value
	CodeDate      Code = "date"      // not a date: value
	CodeGUID      Code = "guid"      // not an id of Entra ID: value
	CodeSameID    Code = "same-id"   // tenant id and client id are the same text
	CodeSecretID  Code = "secret-id" // the client secret's ID instead of its Value
	CodeURL       Code = "url"       // not an address: value
	CodeInsecure  Code = "insecure"  // http to another machine: value
	CodeAPIPath   Code = "api-path"  // the address of something else than the API: value, want
	CodeZone      Code = "zone"      // an unknown time zone: value
	CodeMailbox   Code = "mailbox"   // not a mailbox: value
	CodePerson    Code = "person"    // not a RAYNET person: value
	CodeInstance  Code = "instance"  // not the name of a RAYNET instance: value
	CodeListen    Code = "listen"    // not an address to listen on: value
	CodeDuplicate Code = "duplicate" // the same mailbox twice: value
	CodeTwoWays   Code = "two-ways"  // two values where one is wanted: other
	CodeNeeds     Code = "needs"     // a value that works only together with another one: other
	CodeControl   Code = "control"   // a control character or a line break within a value
)

// Error is one mistake of an administrator, with everything needed to put it right. It never holds a secret.
type Error struct {
	// File is the configuration file, or the name of the environment variable, that holds the mistake.
	File string
	// Line and Column count from 1; 0 where there is none (the environment, a missing key).
	Line, Column int
	// Key is the key as it is written in the file: "raynet.url", "user[2].mailbox". Empty if the file itself is wrong.
	Key string
	// Code and Args are for rendering in other languages.
	Code Code
	Args map[string]string
	// Problem says in English what is wrong, Repair what would be right.
	Problem, Repair string
}

// Error returns the mistake in one line: "file:line:column: key: problem; repair".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Key != "" && e.Key != e.File {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Key)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	if e.Repair != "" {
		b.WriteString("; ")
		b.WriteString(e.Repair)
	}
	return b.String()
}

// Errors are all mistakes that were found, in the order of the file, then of the environment. Never empty.
type Errors []*Error

// Error returns one mistake a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each mistake, for errors.As.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// fault is a mistake before it is known where it stands.
type fault struct {
	code            Code
	args            map[string]string
	problem, repair string
}

func faultf(code Code, args map[string]string, repair, format string, values ...any) *fault {
	return &fault{code: code, args: args, problem: fmt.Sprintf(format, values...), repair: repair}
}

func (f *fault) at(file string, where place, key string) *Error {
	return &Error{
		File: file, Line: where.line, Column: where.column, Key: key,
		Code: f.code, Args: f.args, Problem: f.problem, Repair: f.repair,
	}
}

package remote

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/record"
)

// ErrorKind decides what happens next; nothing else about an error does.
type ErrorKind string

// The kinds of errors.
const (
	Throttled    ErrorKind = "throttled"    // wait until RetryAt
	Unavailable  ErrorKind = "unavailable"  // the service is down or answered nonsense: retry later
	Unauthorized ErrorKind = "unauthorized" // the login is refused: the connection stops
	Forbidden    ErrorKind = "forbidden"    // a right is missing: this mailbox and kind stop
	NotFound     ErrorKind = "not-found"    // the record does not exist or may not be seen
	Conflict     ErrorKind = "conflict"     // somebody else changed it: merge again
	Duplicate    ErrorKind = "duplicate"    // the idempotency key is taken: look it up
	Invalid      ErrorKind = "invalid"      // this record is refused as it is
	Locked       ErrorKind = "locked"       // the record is locked by a person
	NoMailbox    ErrorKind = "no-mailbox"   // the mailbox does not exist or cannot be used
	NoContainer  ErrorKind = "no-container" // the folder or list does not exist any more: this mailbox and kind stop
	CursorDead   ErrorKind = "cursor-dead"  // the side forgot the cursor: read everything anew
	Mailing      ErrorKind = "mailing"      // our own firewall: the request could mail somebody and has no permit
)

// Error is every failure of a remote call.
type Error struct {
	Kind ErrorKind
	Side record.Side
	// Doing says what was attempted, lowercase: "update meeting 9001".
	Doing string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// Code is the side's own stable code ("ErrorItemNotFound", "AADSTS7000215"), empty if none.
	Code string
	// Text is the side's message for people, shortened, without personal data as far as that can be told.
	Text string
	// RequestID is the side's own id of the request, for its support.
	RequestID string
	// RetryAt is the earliest time for another try, zero if the side named none.
	RetryAt time.Time
	// Unknown says that the request may have been carried out although it failed for us. Only writes.
	Unknown bool
	Err     error
}

// Error returns what was attempted and what came back, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Side, e.Doing)
	fmt.Fprintf(&b, ": %s", e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.Code != "" {
			fmt.Fprintf(&b, ", %s", e.Code)
		}
		b.WriteByte(')')
	} else if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, ": %s", e.Text)
	}
	if e.Err != nil && e.Text == "" {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of a remote error in err's chain, or Unavailable for any other error.
func KindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Unavailable
}

// IsUnknown reports whether the outcome of the write that failed with err is unknown.
func IsUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return !ok || e.Unknown
}

// RetryAt returns when the side allows another try, zero if it did not say.
func RetryAt(err error) time.Time {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAt
	}
	return time.Time{}
}

// Package alert tells people what needs them: by e-mail and by webhook, in their language.
//
// It knows how a message is put into words, how SMTP and a signed webhook carry it, and how to say in plain words why that
// failed. It refuses to know what is worth telling and when: that is decided in package admin. A Message has room for mailbox
// addresses, codes and counts only, so that no title, name or secret can get into one.
//
// Start reading at Message, then Composer; the ways are Mail and Webhook.
package alert

import (
	"fmt"
	"time"
)

// Kind is what a message is about.
type Kind string

// The kinds.
const (
	News       Kind = "alert"
	WeekDigest Kind = "digest"
	Test       Kind = "test"
)

// State is where something stands.
type State string

// The states.
const (
	Begun State = "new"
	Still State = "still" // told before, and it still holds
	Over  State = "over"
)

// Message is one message to the administrators.
type Message struct {
	ID   string    `json:"id"`
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
	// URL is the page of this server, empty if there is none.
	URL    string  `json:"url,omitempty"`
	Items  []Item  `json:"items,omitempty"`
	Digest *Digest `json:"digest,omitempty"`
}

// Item is one thing that needs a person, or does no more.
type Item struct {
	State State `json:"state"`
	// Code has its texts under "alert.title-<code>" and "alert.todo-<code>".
	Code string `json:"code"`
	// User is the address of a mailbox and Of what is synchronised for it; both are empty for what concerns everybody.
	User string `json:"user,omitempty"`
	Of   string `json:"of,omitempty"`
	// Reason is a code of "reason", or the service's own for a refused login.
	Reason string `json:"reason,omitempty"`
	// Count is how many records it is about, or how many days are left; see Code.
	Count int       `json:"count,omitzero"`
	Since time.Time `json:"since,omitzero"`
	Ended time.Time `json:"ended,omitzero"` // zero unless State is Over
}

// Digest is what happened in a week, and what waits.
type Digest struct {
	From  time.Time    `json:"from"`
	Till  time.Time    `json:"till"`
	Users []DigestUser `json:"users"`
	// SecretExpires is the zero time if it is not known; SecretDays how many days are left.
	SecretExpires time.Time `json:"secret_expires,omitzero"`
	SecretDays    int       `json:"secret_days,omitzero"`
	Certificate   bool      `json:"certificate,omitzero"` // it is a certificate, not a secret
	// Remaining and Limit are RAYNET's requests of today; a zero Limit is not known.
	Remaining int    `json:"raynet_remaining,omitzero"`
	Limit     int    `json:"raynet_limit,omitzero"`
	Holds     []Item `json:"holds,omitempty"`
}

// DigestUser is one user's part of a digest, for one kind.
type DigestUser struct {
	User   string         `json:"user"`
	Of     string         `json:"of"`
	State  string         `json:"state"`            // "pair.<code>"
	Events map[string]int `json:"events,omitempty"` // "alert.done-<code>"
	Linked int            `json:"linked"`
	// Waiting is what the program goes on with by itself, Parked what went wrong and is tried again, Review what a person must
	// decide.
	Waiting int `json:"waiting,omitzero"`
	Parked  int `json:"parked,omitzero"`
	Review  int `json:"review,omitzero"`
	// Grows says that clearly more waits for a person than a week ago.
	Grows bool `json:"grows,omitzero"`
}

// The codes of failures; each has a text under "alert.answer-<code>".
const (
	FailedUnreachable = "unreachable" // no connection
	FailedTimeout     = "timeout"
	FailedCertificate = "certificate"
	FailedEncryption  = "encryption" // the server offers no STARTTLS
	FailedLogin       = "login"      // name or password were refused
	FailedNoLogin     = "no-login"   // the server knows no way to sign in that is safe here
	FailedSender      = "sender"
	FailedRecipient   = "recipient"
	FailedLater       = "later" // the server asks to come again
	FailedRefused     = "refused"
	FailedRedirect    = "redirect" // a webhook that points elsewhere
	FailedStatus      = "status"   // a webhook that answered with an error
)

// Error says why a message was not delivered. It never holds a secret.
type Error struct {
	Way  string // "mail" or "webhook"
	Code string
	// Host is whom we talked to, Status the answer's number (0 if there was none), Detail the answer in the server's words.
	Host   string
	Status int
	Detail string
	// Delivered says that some recipients got the message all the same.
	Delivered bool
}

// Error names the way, the host, and what happened.
func (e *Error) Error() string {
	text := fmt.Sprintf("send an alert by %s through %s: %s", e.Way, e.Host, e.Code)
	if e.Status != 0 {
		text += fmt.Sprintf(" (%d)", e.Status)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

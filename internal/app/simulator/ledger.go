package simulator

import (
	"strings"

	"raynetsync/internal/record"
)

// entry is one value that a person wrote.
type entry struct {
	canary  string
	side    record.Side
	mailbox string // Outlook only
	field   string
	before  string // what the person saw and replaced
	value   string
}

// ledger is what people did, kept outside of the product.
type ledger struct {
	entries []entry
	// removed says which things people deleted: "raynet/K001", "outlook/<mailbox>/K001".
	removed map[string]bool
	// takenOff says for which mailboxes people took a user off a record.
	takenOff map[string]bool
	// copies counts copies that people made of a thing, per "outlook/<mailbox>/K001".
	copies map[string]int
	// special things are not compared: people made them private, or they have guests.
	special map[string]bool
	next    int
}

func (l *ledger) init() {
	l.removed, l.takenOff = map[string]bool{}, map[string]bool{}
	l.copies, l.special = map[string]int{}, map[string]bool{}
}

func outlookKey(mailbox, canary string) string { return "outlook/" + mailbox + "/" + canary }

// canaryOf is the word of a subject by which a thing is known: the first one, unless Outlook has put "Canceled:" before it.
func canaryOf(subject string) string {
	for word := range strings.FieldsSeq(subject) {
		if strings.HasPrefix(word, "K") {
			return word
		}
	}
	return ""
}

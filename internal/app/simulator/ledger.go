package simulator

import "raynetsync/internal/record"

// entry is one value that a person wrote.
type entry struct {
	canary  string
	side    record.Side
	mailbox string // Outlook only
	field   record.Field
	before  string // what the person saw and replaced
	value   string // empty if it was cleared
}

// ledger is what people did, kept outside of the product.
type ledger struct {
	entries []entry
	// removed says which things people deleted or took out of their folder: recordKey, itemKey.
	removed map[string]bool
	// takenOff says for which mailboxes people took a user off a record.
	takenOff map[string]bool
	// special things are not compared: people made them private, or they have guests.
	special map[string]bool
	// erased things were anonymised.
	erased map[string]bool
	// copied things have copies of other names that say the same.
	copied map[string]bool
	// repeats are tasks that Outlook multiplies by itself.
	repeats map[string]bool
	// doubled things were made on both sides at once; touched ones were changed since they were made: a doubled one that was
	// touched before it was linked may rightly be two.
	doubled, touched map[string]bool
	next             int // canaries
	ink              int // values
}

func (l *ledger) init() {
	for _, m := range []*map[string]bool{&l.removed, &l.takenOff, &l.special, &l.erased, &l.copied, &l.repeats, &l.doubled, &l.touched} {
		*m = map[string]bool{}
	}
}

// two reports whether a thing may rightly be there twice.
func (l *ledger) two(canary string) bool { return l.doubled[canary] && l.touched[canary] }

func recordKey(canary string) string { return "raynet/" + canary }

func itemKey(mailbox, canary string) string { return "outlook/" + mailbox + "/" + canary }

package simulator

import (
	"strings"
	"time"

	"raynetsync/internal/record"
)

// entry is one value that a person wrote.
type entry struct {
	canary  string
	side    record.Side
	mailbox string // Outlook only
	field   record.Field
	before  string // what the person saw and replaced
	value   string // empty if it was cleared
	// gone says that its author deleted the thing with it, and made one that is equal but for what is not known of it.
	gone bool
}

// binned is something that a person deleted and can take back.
type binned struct {
	user       user
	id, canary string
	kind       record.Kind
	at         time.Time
}

// words are what a value consists of that people write, see and replace one by one.
func (e entry) words(value string) []string {
	if e.field == record.ContactCategories {
		return strings.Split(value, ", ")
	}
	return []string{value}
}

// ledger is what people did, kept outside of the product.
type ledger struct {
	entries []entry
	// removed says which things people deleted or took out of their folder: recordKey, itemKey.
	removed map[string]bool
	// takenOff says for which mailboxes people took a user off a record; false where he was given back.
	takenOff map[string]bool
	// special things are not expected on both sides: people made them private, or they have guests.
	special map[string]bool
	// secret things were private once: what they said meanwhile is nobody's to compare.
	secret map[string]bool
	// guests are meetings with people from elsewhere: whatever is done to them could mail somebody.
	guests map[string]bool
	// erased things were anonymised, at that time. Of the keyless ones among them, which we had made a moment ago, nothing tells after a
	// loss what they were made from.
	erased, keyless map[string]bool
	erasedAt        map[string]time.Time
	// copied things have copies of other names that say the same; copyOf says of what each of these was made, its first original.
	copied map[string]bool
	copyOf map[string]string
	// repeats are tasks that Outlook multiplies by itself.
	repeats map[string]bool
	// putOff events were moved far beyond the window by their users.
	putOff map[string]bool
	// unseen items were deleted while it was not known yet that they had been made: a create whose answer was lost is made again.
	unseen map[string]bool
	// doubled things were made on both sides at once; touched ones were changed since they were made: a doubled one that was
	// touched before it was linked may rightly be two.
	doubled, touched map[string]bool
	bin              []binned
	// beside are items that a person took out of the bin beside the ones that had been made again for him: itemKey.
	beside map[string]bool
	// wanted are items that a decision has made again, at once or when their creates can be made: itemKey. fetched are those that a person
	// took out of the bin beside such a one, by their ids: he may delete the other one then.
	wanted, fetched map[string]bool
	// revived are items, by their ids, that a person took out of the bin after it had been forgotten that they were deleted.
	revived map[string]bool
	// left are contacts in Outlook, by their ref, that we had made of somebody who was gone, and that an administrator left alone.
	left map[string]bool
	// again are things that we made twice in RAYNET because nothing told us of the first one.
	again map[string]bool
	// onceMore says when a create in RAYNET was repeated, or begun anew, of which nothing tells whether it had been made, by its canary.
	onceMore map[string]time.Time
	// poison are things that RAYNET refuses for ever.
	poison map[string]bool
	// opened are the texts of the dates of series that were private and are not any more.
	opened []string
	// companies are the names that companies were given later.
	companies []string
	// hurried says when somebody wrote into an item in Outlook, by its id, that we were just about to change or remove.
	hurried map[string]time.Time
	next    int // canaries
	ink     int // values
}

func (l *ledger) init() {
	for _, m := range []*map[string]bool{&l.removed, &l.takenOff, &l.special, &l.secret, &l.guests, &l.erased, &l.keyless, &l.copied, &l.repeats, &l.unseen,
		&l.doubled, &l.touched, &l.beside, &l.wanted, &l.fetched, &l.revived, &l.poison, &l.left, &l.putOff} {
		*m = map[string]bool{}
	}
	l.erasedAt, l.hurried, l.onceMore, l.copyOf = map[string]time.Time{}, map[string]time.Time{}, map[string]time.Time{}, map[string]string{}
}

// giveBack notes that a user was put on a record, perhaps again.
func (l *ledger) giveBack(key string) {
	if l.takenOff[key] {
		l.takenOff[key] = false
	}
}

// missed notes that what is new on a side was not seen: what was made on both sides may be copied before it is recognised.
func (l *ledger) missed() {
	for canary := range l.doubled { // any order: each is noted
		l.touched[canary] = true
	}
}

// mayDiffer reports whether the two halves of a thing need not agree although both are there and nothing waits. Guests are no reason.
func (l *ledger) mayDiffer(canary string) bool {
	return l.special[canary] && (l.secret[canary] || !l.guests[canary])
}

// two reports whether a thing may rightly be there twice.
func (l *ledger) two(canary string) bool {
	return l.doubled[canary] && l.touched[canary] || l.again[canary]
}

func recordKey(canary string) string { return "raynet/" + canary }

func itemKey(mailbox, canary string) string { return "outlook/" + mailbox + "/" + canary }

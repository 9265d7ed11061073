package simulator

import (
	"cmp"
	"context"
	"fmt"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

func (w *world) canary() string {
	w.ledger.next++
	return fmt.Sprintf("K%03d", w.ledger.next)
}

// ink is a number for a value that nobody wrote before.
func (w *world) ink() int {
	w.ledger.ink++
	return w.ledger.ink
}

// wrote notes a value that a person wrote.
func (w *world) wrote(canary string, side record.Side, mailbox string, field record.Field, before, value string) {
	w.ledger.entries = append(w.ledger.entries, entry{canary: canary, side: side, mailbox: mailbox, field: field, before: before, value: value})
}

// spot is one place of a thing where people write.
type spot struct {
	field record.Field
	// read returns what a person sees there.
	read func(raw map[string]any) string
	// write returns the change that puts a value there; an empty one clears it.
	write func(raw map[string]any, value string) map[string]any
	// value makes one of a number that no other value has.
	value func(canary string, ink int) string
	// stays is for what people never clear.
	stays bool
	// common is for values that are not one person's alone: they are not looked for at the end.
	common bool
}

// scribble writes into a spot of a thing, or clears it.
func (w *world) scribble(t thing, s spot) {
	before, value := s.read(t.raw), ""
	if s.stays || before == "" || w.rng.IntN(3) > 0 {
		value = s.value(t.canary, w.ink())
	}
	author := pick(w.rng, w.users...)
	if t.ref.Side == record.Outlook {
		author = t.user
	}
	patch := s.write(t.raw, value)
	w.edit(author, t, patch)
	if !s.common {
		w.wrote(t.canary, t.ref.Side, t.user.mailbox, s.field, before, value)
	}
	w.say("%s writes %s of %s %s on the side of %s: %q -> %q", author.login, s.field, t.canary, t.ref.ID, t.ref.Side, before, value)
}

// edit changes a thing as its user.
func (w *world) edit(author user, t thing, patch map[string]any) {
	switch {
	case t.ref.Side == record.Raynet:
		w.must(w.raynet.EditAs(author.login, t.ref.Type, stage.Number(t.raw["id"]), patch))
	case t.kind == record.Contacts:
		w.must(w.outlook.EditContactAs(author.mailbox, t.ref.ID, patch))
	case t.kind == record.Tasks:
		w.must(w.outlook.EditTaskAs(author.mailbox, t.ref.ID, patch))
	default:
		w.must(w.outlook.EditAs(author.mailbox, t.ref.ID, patch))
	}
}

// editRecord lets somebody write into a record in RAYNET, and reports which one.
func (w *world) editRecord(kind record.Kind, canary string, spots []spot) string {
	t, ok := w.anyRecord(kind, canary)
	if ok {
		w.scribble(t, pick(w.rng, spots...))
	}
	return t.canary
}

func (w *world) editItem(kind record.Kind, canary string, spots []spot) {
	if t, ok := w.anyItem(kind, canary); ok {
		w.scribble(t, pick(w.rng, spots...))
	}
}

// removeRecord deletes something in RAYNET.
func (w *world) removeRecord(kind record.Kind) {
	t, ok := w.anyRecord(kind, "")
	if !ok {
		return
	}
	w.must(w.raynet.DeleteAs(pick(w.rng, w.users...).login, t.ref.Type, stage.Number(t.raw["id"])))
	w.ledger.removed[recordKey(t.canary)] = true
	w.say("somebody deletes %s %s in RAYNET", t.ref.ID, t.canary)
}

// removeItem deletes something in Outlook.
func (w *world) removeItem(kind record.Kind) {
	t, ok := w.anyItem(kind, "")
	if !ok {
		return
	}
	if kind == record.Contacts {
		w.must(w.outlook.DeleteContactAs(t.user.mailbox, t.ref.ID))
		w.ledger.bin = append(w.ledger.bin, binned{user: t.user, id: t.ref.ID, canary: t.canary, kind: kind, at: w.clock.Now()})
	} else {
		w.must(w.outlook.DeleteTaskAs(t.user.mailbox, t.ref.ID))
	}
	w.leaves(t)
	w.say("%s deletes %s %s in Outlook", t.user.login, t.ref.ID, t.canary)
}

// leaves notes that somebody took a thing out of the place where it is synchronised.
func (w *world) leaves(t thing) {
	w.ledger.removed[t.key()] = true
	links, err := w.store.LinksOfRef(context.Background(), "default", t.ref)
	w.must(err)
	if len(links) == 0 {
		w.ledger.unseen[t.key()] = true
	}
}

// copyItem copies something in Outlook and renames the copy: it is a new thing, though it carries our marks.
func (w *world) copyItem(kind record.Kind, title spot) {
	t, ok := w.anyItem(kind, "")
	if !ok || w.ledger.special[t.canary] {
		return
	}
	copyAs := w.outlook.CopyTaskAs
	if kind == record.Contacts {
		copyAs = w.outlook.CopyContactAs
	}
	made, err := copyAs(t.user.mailbox, t.ref.ID)
	w.must(err)
	w.ledger.copied[t.canary] = true
	twin := t
	twin.canary, twin.ref.ID, twin.raw = w.canary(), stage.Text(made["id"]), made
	w.ledger.copyOf[twin.canary] = cmp.Or(w.ledger.copyOf[t.canary], t.canary)
	w.ledger.repeats[twin.canary], w.ledger.poison[twin.canary] = w.ledger.repeats[t.canary], w.ledger.poison[t.canary]
	value := title.value(twin.canary, w.ink())
	w.edit(t.user, twin, title.write(made, value))
	w.wrote(twin.canary, record.Outlook, t.user.mailbox, title.field, "", value)
	w.say("%s copies %s as %s %s", t.user.login, t.canary, twin.canary, twin.ref.ID)
}

// renamePlace gives our folder or list of somebody another name.
func (w *world) renamePlace(kind record.Kind) {
	u := pick(w.rng, w.users...)
	place := w.placeOf(u, kind)
	name := fmt.Sprintf("RAYNET %d", w.ink())
	if kind == record.Contacts {
		w.must(w.outlook.RenameContactFolderAs(u.mailbox, place, name))
	} else {
		w.must(w.outlook.RenameTaskListAs(u.mailbox, place, name))
	}
	w.say("%s renames the place of %s to %q", u.login, kind, name)
}

// withWord puts a word in the place of another one, or takes that one out.
func withWord(words []string, before, value string) []any {
	out := []any{}
	for _, word := range words {
		if word != before {
			out = append(out, word)
		}
	}
	if value != "" {
		out = append(out, value)
	}
	return out
}

// ownWord is the last word of a list that was written in a history.
func ownWord(words []string) string {
	own := ""
	for _, word := range words {
		if canaryOf(word) != "" {
			own = word
		}
	}
	return own
}

// wordSpot is the place of tags and categories.
func wordSpot(field record.Field, key string) spot {
	return spot{field: field,
		read: func(raw map[string]any) string { return ownWord(stage.Texts(raw[key])) },
		write: func(raw map[string]any, value string) map[string]any {
			words := stage.Texts(raw[key])
			return map[string]any{key: withWord(words, ownWord(words), value)}
		},
		value: func(canary string, ink int) string {
			if ink%8 == 0 {
				return fmt.Sprintf("%s štítek, %04d", canary, ink) // RAYNET takes none with a comma
			}
			return fmt.Sprintf("%s štítek %04d", canary, ink)
		},
	}
}

// must stops a history that the simulator itself got wrong.
func (w *world) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("simulator: %v\n", err))
	}
}

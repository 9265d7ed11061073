package simulator

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// secrecy lists what people write that is nobody else's business.
func secrecy() []verb {
	return []verb{deed("Outlook: a private event is made", 2, (*world).createPrivate)}
}

// secretWord begins every word that people write into private things and nowhere else.
const secretWord = "SOUKROME"

// confide returns texts that nobody but their author may read, as a change of an event.
func (w *world) confide(canary string) map[string]any {
	hidden := func(what string) string { return fmt.Sprintf("%s %s%s%04d", canary, secretWord, what, w.ink()) }
	return map[string]any{
		"subject": hidden("predmet"), "body": map[string]any{"contentType": "text", "content": hidden("text")},
		"location":    map[string]any{"displayName": hidden("misto")},
		"sensitivity": pick(w.rng, "private", "private", "personal", "confidential"),
	}
}

func (w *world) createPrivate() {
	u, canary := pick(w.rng, w.users...), w.canary()
	event := w.newEvent(canary)
	for key, value := range w.confide(canary) { // any order: each key once
		event[key] = value
	}
	event["categories"] = []any{"RAYNET"}
	w.ledger.special[canary], w.ledger.secret[canary] = true, true
	made, err := w.outlook.CreateAs(u.mailbox, event)
	w.must(err)
	w.say("%s makes event %s %s in Outlook for himself", u.login, made["id"], canary)
}

// textsOf are the texts that an event shows.
func textsOf(raw map[string]any) []string {
	var out []string
	for _, text := range []string{stage.Text(raw["subject"]), stage.Text(stage.Object(raw["body"])["content"]), stage.Text(raw["bodyPreview"]),
		stage.Text(stage.Object(raw["location"])["displayName"])} {
		if text = strings.TrimSpace(text); len(text) >= shortest {
			out = append(out, text)
		}
	}
	return out
}

// shortest is how long a text must be to be known by.
const shortest = 7

// privateTexts lists every text that an event showed while it was private and that nobody ever wrote where it may be read.
func privateTexts(outlook []outlookemu.Write, raynet []raynetemu.Write) []string {
	hidden, open := map[string]bool{}, map[string]bool{}
	for _, write := range outlook {
		private := !slices.Contains([]string{"", "normal"}, stage.Text(write.After["sensitivity"]))
		for _, text := range textsOf(write.After) {
			if private {
				hidden[text] = true
				for _, word := range strings.Fields(text) {
					hidden[word] = hidden[word] || strings.HasPrefix(word, secretWord)
				}
			} else {
				open[text] = true
			}
		}
	}
	for _, write := range raynet {
		if write.Source != "api" {
			for _, text := range strings.Split(everything(write.After), "\n") {
				open[text] = true
			}
		}
	}
	var out []string
	for _, text := range sorted(hidden) {
		if hidden[text] && !within(text, open) {
			out = append(out, text)
		}
	}
	return out
}

// within reports whether a text is a part of one that may be read.
func within(text string, open map[string]bool) bool {
	for other := range open { // any order: one is enough
		if strings.Contains(other, text) {
			return true
		}
	}
	return false
}

// forms are the ways in which a text may stand in a file or a request.
func forms(text string) [][]byte {
	out := [][]byte{[]byte(text), []byte(url.QueryEscape(text)), []byte(url.PathEscape(text)), []byte(hex.EncodeToString([]byte(text)))}
	out = append(out, bytes.ToUpper(out[3]))
	if quoted, err := json.Marshal(text); err == nil {
		out = append(out, bytes.Trim(quoted, `"`))
	}
	for shift := range 3 { // whatever stands before it
		whole := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
		part := strings.TrimRight(whole, "=")
		part = part[min(len(part), []int{0, 2, 3}[shift]) : len(part)-1]
		out = append(out, []byte(part), []byte(strings.NewReplacer("+", "-", "/", "_").Replace(part)))
	}
	slices.SortFunc(out, bytes.Compare)
	return slices.CompactFunc(out, bytes.Equal)
}

// holds reports whether a text stands somewhere in any of its forms.
func holds(where []byte, forms [][]byte) bool {
	return slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(where, form) })
}

// place is somewhere that what people write must not get to, or only part of it.
type place struct {
	name string
	data []byte
}

// files are the database as it lies on the disk, and its backup.
func (w *world) files() []place {
	var out []place
	for _, name := range []string{w.database(), w.database() + "-wal", w.backup()} {
		if data, err := os.ReadFile(name); err == nil {
			out = append(out, place{strings.TrimPrefix(name, w.dir+"/"), data})
		}
	}
	return out
}

// shown is all that the product shows to people: what its pages, its command line and its answers are made of.
func (w *world) shown(ctx context.Context, entries []admin.JournalEntry, stories []admin.Explanation) ([]place, error) {
	office := w.office()
	overview, err := office.Overview(ctx, admin.OverviewOptions{})
	if err != nil {
		return nil, err
	}
	out := []place{{"the journal", asJSON(entries)}, {"the overview", asJSON(overview)}, {"the explanations", asJSON(stories)}}
	for _, u := range w.users {
		if w.gone[u.mailbox] {
			continue
		}
		for query := (admin.ItemQuery{User: u.login, Limit: 200, Titles: true}); ; {
			page, err := office.Items(ctx, query)
			if err != nil {
				return nil, err
			}
			out = append(out, place{"the items of " + u.login, asJSON(page)})
			if query.After = page.Next; query.After == "" {
				break
			}
		}
	}
	for after := ""; ; {
		page, next, err := office.Reviews(ctx, admin.ReviewOptions{After: after, Limit: 100})
		if err != nil {
			return nil, err
		}
		out = append(out, place{"the review", asJSON(page)})
		if after = next; next == "" {
			break
		}
	}
	return out, nil
}

func asJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte(err.Error())
	}
	return data
}

// checkPrivate (I7): nothing of what was written into private things is in RAYNET, was sent there, lies in the database, stands in the
// log or is shown to anybody; and nothing at all of what people wrote, nor any secret of ours, stands anywhere in plain text.
func (w *world) checkPrivate(ctx context.Context, entries []admin.JournalEntry, stories []admin.Explanation) error {
	pages, err := w.shown(ctx, entries, stories)
	if err != nil {
		return err
	}
	files, log := w.files(), place{"the log", []byte(w.log.String())}
	outside := append(slices.Clone(pages), place{"what was sent to RAYNET", []byte(w.sent.String())}, log)
	history := w.raynet.History()
	for _, write := range history {
		if write.Source == "api" {
			outside = append(outside, place{fmt.Sprintf("%s %d in RAYNET", write.Entity, write.ID), []byte(everything(write.After))})
		}
	}
	for _, text := range slices.DeleteFunc(privateTexts(w.outlook.History(), history), func(text string) bool { return slices.Contains(w.ledger.opened, text) }) {
		w.exercise("I7", 1)
		looked := forms(text)
		for _, where := range slices.Concat(outside, files) {
			if holds(where.data, looked) {
				w.violate("I7", "%q is private and is in %s", text, where.name)
			}
		}
	}
	for name, secret := range map[string]string{"the client secret": outlookemu.FakeSecret, "the API key": w.raynet.Options().APIKey} { // any order: each is looked for
		looked := forms(secret)
		for _, where := range slices.Concat(pages, files, []place{log}) {
			if holds(where.data, looked) {
				w.violate("I7", "%s is in %s", name, where.name)
			}
		}
	}
	starts := w.starts()
	for _, where := range append(files, log) {
		if found := plainIn(where.data, starts); found != "" {
			w.violate("I7", "%q, which a person wrote, is in plain text in %s", found, where.name)
		}
	}
	return w.checkRedacted(ctx, entries)
}

// starts are the first bytes of all that people wrote, from its canary on.
func (w *world) starts() map[string]string {
	out := map[string]string{}
	for _, wrote := range w.ledger.entries {
		at := strings.Index(strings.ToUpper(wrote.value), wrote.canary)
		if at >= 0 && len(wrote.value)-at >= shortest {
			out[wrote.value[at:at+shortest]] = wrote.value
		}
	}
	return out
}

// plainIn finds a text that people wrote; empty if there is none.
func plainIn(data []byte, starts map[string]string) string {
	for at := 0; at+shortest <= len(data); at++ {
		if c := data[at]; c != 'K' && c != 'k' || data[at+1] < '0' || data[at+1] > '9' {
			continue
		}
		if text, ok := starts[string(data[at:at+shortest])]; ok {
			return text
		}
	}
	return ""
}

// checkRedacted (I7): of an event that turned private, the copy that we made in RAYNET tells nothing any more, and neither does the
// journal of the event. What an old backup does not know, it cannot clean up; after a loss the copy is known by its key.
func (w *world) checkRedacted(ctx context.Context, entries []admin.JournalEntry) error {
	if w.stats.Restores > 0 {
		return nil
	}
	ours := map[string]bool{}
	for _, write := range w.raynet.History() {
		if write.Source == "api" && write.Op == raynetemu.OpCreate {
			ours[fmt.Sprint(write.ID)] = true
		}
	}
	for _, u := range w.users {
		if w.gone[u.mailbox] {
			continue
		}
		for _, t := range w.anywhere(u, record.Calendar) {
			if !w.ledger.special[t.canary] || slices.Contains([]string{"", "normal"}, stage.Text(t.raw["sensitivity"])) {
				continue
			}
			w.exercise("I7", 1)
			// A record that people made or handed to somebody else is the company's, of our own copy nothing was ever made, what is
			// locked for ever is tried again and again, and a colleague may tell of a meeting what he likes.
			apart := w.unreported(t) || w.wantedOpenly(u, t.canary) || w.dateless(t) || w.handedOn(t.canary) || w.ledger.madeInRaynet(t.canary) || w.copied(t) || w.ledger.poison[t.canary] || w.publicElsewhere(u, t.canary)
			for _, r := range w.records(record.Calendar) {
				if apart || r.canary != t.canary || !ours[r.ref.ID] || w.wasDropped(r, t, entries) || w.anybodys(r) || w.strange(r) {
					continue
				}
				unsure, err := w.unsure(ctx, r, t)
				if err != nil {
					return err
				}
				former, err := w.former(ctx, r, t)
				if err != nil {
					return err
				}
				if !unsure && !former {
					w.violate("I7", "%s of %s turned private, and our copy %s in RAYNET tells of it", t.canary, u.login, r.ref)
				}
			}
			for _, e := range entries {
				for _, change := range e.Changes {
					if e.Outlook == t.ref.String() && strings.Contains(string(change.Before+"\n"+change.After), t.canary) {
						w.violate("I7", "%s of %s turned private, and the journal tells %q -> %q (%s)", t.canary, u.login, change.Before, change.After, e.Event)
					}
				}
			}
		}
	}
	return nil
}

// dateless reports whether a thing is a series of which no date is left, after a loss of the database. Outlook's feed tells of a series by its
// dates alone, so this one looks like one that was deleted: nothing shows any more that it was private.
func (w *world) dateless(t thing) bool {
	long := 20 * 365 * 24 * time.Hour
	return t.raw["recurrence"] != nil && w.stats.Losses > 0 &&
		len(w.outlook.Occurrences(t.user.mailbox, t.ref.ID, w.clock.Now().Add(-long), w.clock.Now().Add(long))) == 0
}

// unreported reports whether an event was taken out of the bin after the database had been lost, where no list of the window shows it.
func (w *world) unreported(t thing) bool {
	reach := w.rulesOf(w.pairOf(t.user, t.kind))
	from, till := reach.Window(w.clock.Now())
	at := graphTime(t.raw["start"])
	return w.ledger.revived[t.ref.ID] && (at.Before(from.Add(-days(30))) || at.After(till.Add(days(30))))
}

// wantedOpenly reports whether a decision had a copy of an event made that lies open in the calendar beside the private one.
func (w *world) wantedOpenly(u user, canary string) bool {
	return w.ledger.wanted[itemKey(u.mailbox, canary)] && slices.ContainsFunc(w.anywhere(u, record.Calendar), func(t thing) bool {
		return t.canary == canary && w.copied(t) && slices.Contains([]string{"", "normal"}, stage.Text(t.raw["sensitivity"]))
	})
}

// unsure reports whether a person is asked if the record was made from the event, and it says no word of what the event ever said:
// people wrote it anew, and nobody can tell.
func (w *world) unsure(ctx context.Context, r, t thing) (bool, error) {
	work, err := w.store.WorkOf(ctx, t.ref)
	if err != nil || !slices.ContainsFunc(work, func(k journal.Work) bool { return k.Reason == "held-orphan" }) {
		return false, err
	}
	tells := everything(r.raw)
	return !slices.ContainsFunc(w.outlook.History(), func(write outlookemu.Write) bool {
		return write.ID == t.ref.ID && slices.ContainsFunc(textsOf(write.After), func(text string) bool { return strings.Contains(tells, text) })
	}), nil
}

// copied reports whether we made a thing in Outlook.
func (w *world) copied(t thing) bool {
	return slices.ContainsFunc(w.outlook.History(), func(write outlookemu.Write) bool {
		return write.By == "app" && write.Op == "create" && write.ID == t.ref.ID
	})
}

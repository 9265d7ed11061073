package crossing_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// TestHistories: people set and clear fields on both sides, with synchronisations between. After each one every field is judged by
// what people did since the one before: an edit arrives, what nobody touched stays, an emptied field is emptied over there and
// nothing else is, and where both edited a field the rule decides. What a service cannot hold is in history.holds.
func TestHistories(t *testing.T) {
	t.Parallel()
	for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			house := house{dir: t.TempDir(), kind: kind}
			t.Cleanup(func() { house.leave(t) })
			rapid.Check(t, func(t *rapid.T) {
				defer func() {
					if house.plays++; t.Failed() || house.plays%25 == 0 {
						house.leave(t)
					}
				}()
				live(t, house.enter(t), kind)
				if house.plays%25 == 24 {
					house.w.quiet(t)
				}
			})
		})
	}
}

// house lends one world to several histories: a world costs more than what lives in it. After a failure the next one is new.
type house struct {
	dir   string
	kind  record.Kind
	w     *world
	plays int
}

func (h *house) enter(t *rapid.T) *world {
	if h.w != nil {
		return h.w
	}
	dir, err := os.MkdirTemp(h.dir, "world")
	if err == nil {
		h.w, err = newWorld(context.Background(), dir, settings{})
	}
	if err != nil {
		t.Fatalf("make a world: %v", err)
	}
	h.w.enrol(t, h.w.users[0], h.kind)
	return h.w
}

func (h *house) leave(t tester) {
	if h.w == nil {
		return
	}
	if err := h.w.store.Close(); err != nil {
		t.Errorf("close the store: %v", err)
	}
	h.w = nil
}

// views are what both sides show of a thing at one moment.
type views map[record.Side]record.Fields

// history is one thing and what happens to it.
type history struct {
	t   *rapid.T
	w   *world
	th  thing
	was views // after the last synchronisation that could carry something
	did []string
}

func live(t *rapid.T, w *world, kind record.Kind) {
	var all []*history
	for i := range 2 {
		all = append(all, &history{t: t, w: w, th: w.makeInRaynet(t, w.users[0], kind, fmt.Sprint("Zkouška ", i))})
	}
	w.sync(t)
	for _, h := range all {
		h.th = w.find(t, h.th)
		h.was = h.look()
	}
	for range rapid.IntRange(1, 3).Draw(t, "rounds") {
		round(t, w, all)
	}
	before := []views{}
	for _, h := range all {
		before = append(before, h.look())
	}
	w.rest(t, "the end")
	for i, h := range all {
		for side, shown := range h.look() {
			if diff := moved(before[i][side], shown); len(diff) > 0 {
				t.Errorf("%v moved in %s although nobody did anything", diff, side)
			}
		}
	}
}

// round lets people do something, synchronises, and judges.
func round(t *rapid.T, w *world, all []*history) {
	own, edited := make([][]string, len(all)), make([]views, len(all))
	for i, h := range all {
		for range rapid.IntRange(0, 3).Draw(t, "deeds") {
			h.deed()
		}
		edited[i], own[i] = h.look(), h.own()
	}
	w.sync(t)
	for i, h := range all {
		now := h.look()
		if h.leftOut(edited[i]) {
			h.untouched(edited[i], now)
		} else {
			h.judge(h.was, edited[i], now)
			h.was = now
		}
		if kept := h.own(); !slices.Equal(kept, own[i]) {
			t.Errorf("what only one side can hold was %q and is %q\nwhat happened:\n%s", own[i], kept, strings.Join(h.did, "\n"))
		}
		h.did = append(h.did, "sync")
	}
}

func (h *history) look() views {
	out := views{}
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		out[side] = record.Fields{}
		for name, value := range h.w.shows(h.th, side) {
			if spec, _ := record.SchemaOf(h.th.kind).Spec(name); spec.Flow == record.Both {
				out[side][name] = value
			}
		}
	}
	return out
}

// own is what one side alone can hold: Outlook's categories with a comma, and what stands in the place of an address and is none.
func (h *history) own() []string {
	e, _ := h.w.outlook.Contact(h.th.user.mailbox, h.th.id)
	if h.th.kind == record.Tasks {
		e, _ = h.w.outlook.Task(h.th.user.mailbox, h.th.id)
	}
	var out []string
	for _, word := range stage.Texts(e["categories"]) {
		if strings.Contains(word, ",") {
			out = append(out, word)
		}
	}
	return append(append(out, h.noAddresses(record.Outlook)...), h.noAddresses(record.Raynet)...)
}

// noAddresses are what stands in a side's places for an address and is none.
func (h *history) noAddresses(side record.Side) []string {
	if h.th.kind == record.Tasks {
		return nil
	}
	e, _ := h.w.outlook.Contact(h.th.user.mailbox, h.th.id)
	a, _ := h.w.raynet.Get("person", h.th.raynet)
	reach := stage.Object(a["contactInfo"])
	entries := []string{stage.Text(reach["email"]), stage.Text(reach["email2"])}
	if side == record.Outlook {
		entries = []string{mail(e, 0), mail(e, 1), mail(e, 2)}
	}
	return slices.DeleteFunc(entries, func(entry string) bool { return record.Line(entry) == "" || record.IsEmail(entry) })
}

// leftOut reports whether a contact has nothing by which to call somebody: nothing of it is carried until it has.
func (h *history) leftOut(shown views) bool {
	return h.th.kind == record.Contacts && !slices.ContainsFunc(append(record.Phones(), record.ContactFirst, record.ContactLast,
		record.ContactCompany, record.ContactEmail1, record.ContactEmail2), func(name record.Field) bool { return shown[record.Outlook][name] != "" })
}

// untouched wants a synchronisation to have left both sides as people left them.
func (h *history) untouched(edited, now views) {
	for side := range now {
		if diff := moved(edited[side], now[side]); len(diff) > 0 {
			h.t.Errorf("%v of %d, which is left out, moved in %s\nwhat happened:\n%s", diff, h.th.raynet, side, strings.Join(h.did, "\n"))
		}
	}
}

// moved lists the fields that differ, in alphabetical order.
func moved(was, now record.Fields) []record.Field {
	var out []record.Field
	for name, value := range now {
		if was[name] != value {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// deed lets somebody set or clear one field on one side.
func (h *history) deed() {
	side := rapid.SampledFrom([]record.Side{record.Raynet, record.Outlook}).Draw(h.t, "side")
	var fields []record.Field
	for _, spec := range record.SchemaOf(h.th.kind).Fields {
		if spec.Flow == record.Both {
			fields = append(fields, spec.Name)
		}
	}
	name := rapid.SampledFrom(fields).Draw(h.t, "field")
	value := rapid.SampledFrom(valuesOf(side, name)).Draw(h.t, "value")
	if name == record.ContactJob && side == record.Raynet && h.w.shows(h.th, side)[record.ContactCompany] == "" {
		return // there is no place for it
	}
	h.did = append(h.did, fmt.Sprintf("%s in %s: %.60q", name, side, value))
	h.w.set(h.t, h.th, side, name, value)
}

// valuesOf are what people type into a field on a side, empty to clear it.
func valuesOf(side record.Side, name record.Field) []string {
	inRaynet := side == record.Raynet
	long := strings.Repeat("ž", map[bool]int{true: 300, false: 255}[inRaynet])
	only := func(here bool, more ...string) []string {
		if here {
			return more
		}
		return nil
	}
	switch name {
	case record.ContactCompany:
		return append([]string{"", "Alfa s.r.o.", "Beta & syn"}, only(!inRaynet, "Neznámá a.s.", "ALFA s.r.o.")...)
	case record.ContactEmail1, record.ContactEmail2:
		return []string{"", "Petr.Maly@Klient.example.cz", "info@firma.example.cz", "petr+x@klient.example.cz", "zavolat, nepsat"}
	case record.ContactMobile, record.ContactWork1, record.ContactWork2, record.ContactHome1, record.ContactHome2:
		return []string{"", "", "+420 777 111 222", "222 333 444", "533 111 000 kl. 5"}
	case record.ContactAddress:
		return []string{"", "Dlouhá 1\nBrno", "\nPraha\nČechy\n110 00", "שדרות 5\nתל אביב"}
	case record.ContactCountry:
		if inRaynet {
			return []string{"", "CZ", "SK", "DE"}
		}
		return []string{"", "Česko", "Slovakia", "Deutschland", "Atlantida"}
	case record.ContactWeb:
		return []string{"", "www.klient.example.cz", "https://Klient.example.cz/a?b=\"c\""}
	case record.ContactBirthday:
		return []string{"", "2000-02-29", "1950-01-01", "1899-12-31"}
	case record.ContactNotes, record.TaskBody:
		return append([]string{"", "Jeden řádek", "Dva\n\nřádky <b>", "🎉 \"uvozovky\" & مرحبا"},
			only(inRaynet, "<p>Tučné <b>slovo</b></p><ul><li>jedna</li><li>dvě</li></ul>", "<div><br></div>")...)
	case record.ContactCategories: // TaskCategories too
		return append([]string{"", "VIP", "Praha\nVIP", "🦄\nKlíčový zákazník"}, only(!inRaynet, "Praha, Brno\nVIP", "a,b", "a,b")...)
	case record.TaskDue:
		return append([]string{"2026-11-05", "2028-02-29", "2026-10-25", "2027-03-28"}, only(!inRaynet, "")...)
	case record.TaskImportance:
		return []string{"low", "normal", "high"}
	case record.TaskDone:
		return []string{"", "yes"}
	case record.TaskSubject:
		return []string{"Zavolat", "(bez předmětu)", "🦄 مرحبا \"x\"", long}
	}
	names := []string{"Malý", "🦄 Ema", "محمد", "O'Neil \"Bob\"", "Žluťoučký  kůň ", long}
	if inRaynet && name == record.ContactLast {
		return names // RAYNET insists on it
	}
	return append(names, "")
}

// judge holds what a synchronisation did against what people did before it.
func (h *history) judge(was, edited, now views) {
	want := views{record.Raynet: maps.Clone(edited[record.Raynet]), record.Outlook: maps.Clone(edited[record.Outlook])}
	for _, spec := range record.SchemaOf(h.th.kind).Fields {
		if spec.Flow != record.Both {
			continue
		}
		name := spec.Name
		byRaynet, byOutlook := was[record.Raynet][name] != edited[record.Raynet][name], was[record.Outlook][name] != edited[record.Outlook][name]
		switch {
		case name == record.ContactJob && !byRaynet && now[record.Raynet][record.ContactCompany] != "" &&
			(was[record.Raynet][record.ContactCompany] == "" || edited[record.Raynet][record.ContactCompany] == ""):
			want[record.Raynet][name] = edited[record.Outlook][name] // which RAYNET could not hold before; it comes with the first employer, whoever gave it
		case !byRaynet && !byOutlook:
		case byRaynet && byOutlook && edited[record.Outlook][name] == spec.Wins && spec.Wins != "", byOutlook && !byRaynet:
			want[record.Raynet][name] = h.holds(record.Raynet, name, edited[record.Outlook][name], edited[record.Raynet][name], now[record.Raynet])
		default:
			want[record.Outlook][name] = h.holds(record.Outlook, name, edited[record.Raynet][name], edited[record.Outlook][name], now[record.Outlook])
		}
	}
	for side, shown := range want {
		h.close(side, shown)
		for _, name := range moved(shown, now[side]) {
			h.t.Errorf("%s of %d: %s shows %q, want %q\nRAYNET %q -> %q, Outlook %q -> %q\nwhat happened:\n%s", name, h.th.raynet, side, now[side][name], shown[name],
				was[record.Raynet][name], edited[record.Raynet][name], was[record.Outlook][name], edited[record.Outlook][name], strings.Join(h.did, "\n"))
		}
	}
}

// close moves up what stands behind a gap, because a side shows its phones of one kind and its addresses as a list, and takes away
// the addresses that have no place beside what is none: a person wrote that, and it is not written over.
func (h *history) close(side record.Side, shown record.Fields) {
	for _, pair := range [][2]record.Field{{record.ContactEmail1, record.ContactEmail2}, {record.ContactWork1, record.ContactWork2},
		{record.ContactHome1, record.ContactHome2}} {
		if first, second := pair[0], pair[1]; shown[first] == "" && shown[second] != "" {
			shown[first], shown[second] = shown[second], ""
		}
	}
	free := map[record.Side]int{record.Raynet: 2, record.Outlook: 3}[side] - len(h.noAddresses(side))
	for i, name := range []record.Field{record.ContactEmail1, record.ContactEmail2} {
		if _, shows := shown[name]; shows && i >= free {
			shown[name] = ""
		}
	}
}

// holds is what a side shows after it was asked to show a value: the declared losses.
func (h *history) holds(side record.Side, name record.Field, asked, was record.Value, now record.Fields) record.Value {
	if side == record.Outlook {
		if name == record.ContactNotes || name == record.TaskBody || name == record.ContactCategories || name == record.ContactAddress {
			return asked
		}
		return record.Value(record.Truncate(string(asked), 255))
	}
	switch name {
	case record.ContactCompany:
		for company := range h.w.companies {
			if strings.EqualFold(company, string(asked)) {
				return record.Value(company)
			}
		}
		return was
	case record.ContactJob:
		if now[record.ContactCompany] == "" {
			return ""
		}
	case record.ContactCountry:
		if asked != "" && !countries().IsCode(asked) {
			return was
		}
	case record.TaskDue:
		if asked == "" {
			return was
		}
	case record.ContactMobile, record.ContactWork1, record.ContactWork2, record.ContactHome1, record.ContactHome2:
		if full(now) && now[name] == "" {
			return ""
		}
	}
	return asked
}

// full reports whether RAYNET's two places for phones are taken.
func full(f record.Fields) bool {
	n := 0
	for _, name := range record.Phones() {
		if f[name] != "" {
			n++
		}
	}
	return n == 2
}

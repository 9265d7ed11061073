package crossing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// held reads from a thing in Outlook what the fields do not tell.
func (w *world) held(th thing) (categories []string, entries []string, called string) {
	if th.kind == record.Tasks {
		e, _ := w.outlook.Task(th.user.mailbox, th.id)
		return stage.Texts(e["categories"]), nil, ""
	}
	e, _ := w.outlook.Contact(th.user.mailbox, th.id)
	for i := range stage.List(e["emailAddresses"]) {
		entries = append(entries, mail(e, i))
	}
	return stage.Texts(e["categories"]), entries, stage.Text(e["displayName"])
}

// TestCategoriesWithAComma: RAYNET would take one for two tags. It is never carried, and no edit of the tags there takes it away.
func TestCategoriesWithAComma(t *testing.T) {
	t.Parallel()
	for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := setup(t, settings{})
			w.enrol(t, w.users[0], kind)
			th := w.makeInRaynet(t, w.users[0], kind, "Zkouška")
			w.sync(t)
			th = w.find(t, th)
			w.set(t, th, record.Outlook, record.ContactCategories, "Brno, Praha\nVIP")
			w.sync(t)
			for _, tags := range []string{"klíčový\nVIP", "", "nový"} {
				w.set(t, th, record.Raynet, record.ContactCategories, tags)
				w.sync(t)
				want := append(record.ParseSet(record.Value(tags)), "Brno, Praha")
				slices.Sort(want)
				categories, _, _ := w.held(th)
				if slices.Sort(categories); !slices.Equal(categories, want) {
					t.Errorf("tags %q: the categories are %q, want %q", tags, categories, want)
				}
				if got := w.shows(th, record.Raynet)[record.ContactCategories]; got != record.Value(tags) {
					t.Errorf("tags %q: RAYNET shows %q", tags, got)
				}
			}
			w.rest(t, "the end")
			w.quiet(t)
		})
	}
}

// TestAddressesMoveUp: Outlook's list has no gap. When the first address goes in RAYNET, the second one is the first on both sides,
// and an edit of it replaces it instead of standing beside it.
func TestAddressesMoveUp(t *testing.T) {
	t.Parallel()
	w := setup(t, settings{})
	w.enrol(t, w.users[0], record.Contacts)
	th := w.makeInRaynet(t, w.users[0], record.Contacts, "Zkouška")
	w.set(t, th, record.Raynet, record.ContactEmail1, "a@klient.example.cz")
	w.set(t, th, record.Raynet, record.ContactEmail2, "b@klient.example.cz")
	w.sync(t)
	th = w.find(t, th)
	steps := []struct {
		side  record.Side
		field record.Field
		value string
		want  []string
	}{
		{record.Raynet, record.ContactEmail1, "", []string{"b@klient.example.cz"}},
		{record.Outlook, record.ContactEmail1, "c@klient.example.cz", []string{"c@klient.example.cz"}},
		{record.Raynet, record.ContactEmail2, "d@klient.example.cz", []string{"c@klient.example.cz", "d@klient.example.cz"}},
		{record.Outlook, record.ContactEmail1, "volat", []string{"volat", "d@klient.example.cz"}},
		{record.Raynet, record.ContactEmail1, "e@klient.example.cz", []string{"volat", "e@klient.example.cz"}},
		{record.Raynet, record.ContactEmail1, "", []string{"volat"}},
	}
	for i, step := range steps {
		w.set(t, th, step.side, step.field, step.value)
		w.sync(t)
		_, entries, _ := w.held(th)
		raynet, outlook := w.shows(th, record.Raynet), w.shows(th, record.Outlook)
		if got := raynet.Only(record.ContactEmail1, record.ContactEmail2); fmt.Sprint(got) != fmt.Sprint(outlook.Only(record.ContactEmail1, record.ContactEmail2)) {
			t.Errorf("step %d: RAYNET shows %v, Outlook %v", i, got, entries)
		}
		if !slices.Equal(entries, step.want) {
			t.Errorf("step %d: Outlook has %q, want %q", i, entries, step.want)
		}
		w.rest(t, fmt.Sprint("step ", i))
	}
	w.quiet(t)
}

// TestLongDisplayName: Outlook makes a name to list a contact by that may be longer than what Exchange takes from us. The contact
// must not be stuck because of it.
func TestLongDisplayName(t *testing.T) {
	t.Parallel()
	w := setup(t, settings{})
	w.enrol(t, w.users[0], record.Contacts)
	th := w.makeInRaynet(t, w.users[0], record.Contacts, "Zkouška")
	w.sync(t)
	th = w.find(t, th)
	w.set(t, th, record.Outlook, record.ContactFirst, strings.Repeat("ž", 255))
	w.set(t, th, record.Raynet, record.ContactMobile, "777 1")
	w.sync(t)
	if got := w.shows(th, record.Outlook)[record.ContactMobile]; got != "777 1" {
		t.Errorf("Outlook shows the phone %q", got)
	}
	if got := w.shows(th, record.Raynet)[record.ContactFirst]; got != record.Value(strings.Repeat("ž", 255)) {
		t.Errorf("RAYNET shows the first name %q", got)
	}
	w.quiet(t)
}

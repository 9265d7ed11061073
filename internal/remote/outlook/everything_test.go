package outlook_test

import (
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Every event of the mailbox is named, also one that no window shows, with the identity by which its record in RAYNET is known, and with
// nothing of what it says. Contacts are all in their feed.
func TestEverythingIsNamed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	near := w.person(w.jana, meeting("Porada"))
	far := w.person(w.jana, meeting("Za dva roky", map[string]any{"start": at("2029-01-26T08:00:00", "UTC"), "end": at("2029-01-26T09:00:00", "UTC"), "sensitivity": "private"}))
	series := w.person(w.jana, weekly("Porada"))
	w.requests()
	all, err := w.client.Everything(t.Context(), w.scope)
	if err != nil || len(all) != 3 || w.requests() != 1 {
		t.Fatalf("%d named, %v", len(all), err)
	}
	for _, id := range []string{near, far, series} {
		got, want := byRef(t, all, event(id)), w.readOne(event(id))
		if got.Twin != want.Twin || got.Twin == "" || got.Group != want.Group || len(got.Fields) > 0 || got.Raw != nil {
			t.Errorf("%+v, want no more than %q of the series %q", got, want.Twin, want.Group)
		}
		if private := id == far; (got.Rule == remote.RulePrivate) != private {
			t.Errorf("%s is told to be %q", id, got.Rule)
		}
	}
	contacts := w.scope
	contacts.Kind = record.Contacts
	w.requests()
	if none, err := w.client.Everything(t.Context(), contacts); err != nil || len(none) > 0 || w.requests() != 0 {
		t.Errorf("%d contacts, %v", len(none), err)
	}
}

package outlook_test

import (
	"slices"
	"testing"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// A date that its user deleted is shown by nobody any more. Its series, which he turned private, tells by what it was known all the same,
// and a read that finds it gone says that he keeps the rest to himself.
func TestADateThatIsGoneIsKnownByItsSeries(t *testing.T) {
	t.Parallel()
	w := setup(t)
	master := w.person(w.jana, weekly("Porada"))
	first := w.begin()
	gone := byRef(t, first.Changed, occurrence(master, "2026-11-04"))
	if err := w.server.CancelOccurrenceAs(w.jana, master, "2026-11-04"); err != nil {
		t.Fatal(err)
	}
	if got := w.read(gone.Ref)[0]; got.Presence != remote.Gone || got.Private {
		t.Errorf("a deleted date of an open series is %s, private %v", got.Presence, got.Private)
	}
	w.edit(master, map[string]any{"sensitivity": "private"})
	if got := w.read(gone.Ref)[0]; got.Presence != remote.Gone || !got.Private {
		t.Errorf("a deleted date of a private series is %s, private %v", got.Presence, got.Private)
	}
	series := byRef(t, w.next(first.Cursor).Changed, event(master))
	day := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	dates := outlook.Dates(series, day.AddDate(0, 0, -40).Add(7*time.Hour), day.AddDate(0, 0, 40))
	if !slices.ContainsFunc(dates, func(s remote.Snapshot) bool { return s.Ref == gone.Ref && s.Twin == gone.Twin }) {
		t.Errorf("%s, known as %q, is not among the dates of its series", gone.Ref, gone.Twin)
	}
	for _, one := range dates {
		if one.Rule != remote.RulePrivate || len(one.Fields) > 0 || one.Group != master {
			t.Fatalf("a date of a private series: %+v", one)
		}
	}
}

// The identity of a series may be any text; then its dates have the same, as far as anybody knows. Without an identity they are known by
// their names.
func TestDatesOfASeriesWithAnIdentityOfItsOwn(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	for twin, want := range map[string]string{
		"19rh93h5t893h5v@calendar.example|jana@contoso.example":   "19rh93h5t893h5v@calendar.example|jana@contoso.example|2026-11-04",
		"040000008200e00074c5b7101a82e00800|jana@contoso.example": "040000008200e00074c5b7101a82e00800|jana@contoso.example|2026-11-04",
		"": "",
	} {
		dates := outlook.Dates(remote.Snapshot{Ref: event("M"), Group: "M", Twin: twin}, day, day)
		if len(dates) != 1 || dates[0].Twin != want || dates[0].Ref != occurrence("M", "2026-11-04") {
			t.Errorf("%q: %+v", twin, dates)
		}
	}
}

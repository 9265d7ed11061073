package record_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

func in(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := zone.Load(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

func instant(tb testing.TB, text string) time.Time {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

func TestWholeLocalDays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, zone, from, till string
		want                   record.Value // empty: these are no whole days
	}{
		{"one day", "Europe/Prague", "2026-03-04T23:00:00Z", "2026-03-05T23:00:00Z", "2026-03-05/2026-03-06"},
		{"to the last minute", "Europe/Prague", "2026-03-04T23:00:00Z", "2026-03-05T22:59:00Z", "2026-03-05/2026-03-06"},
		{"to the last second", "Europe/Prague", "2026-03-04T23:00:00Z", "2026-03-05T22:59:59Z", "2026-03-05/2026-03-06"},
		{"three days", "Europe/Prague", "2026-03-04T23:00:00Z", "2026-03-07T22:59:00Z", "2026-03-05/2026-03-08"},
		{"the day of 23 hours", "Europe/Prague", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29/2026-03-30"},
		{"the day of 25 hours", "Europe/Prague", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-25/2026-10-26"},
		{"24 hours of the day of 25", "Europe/Prague", "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", ""},
		{"24 hours from the day of 23", "Europe/Prague", "2026-03-28T23:00:00Z", "2026-03-29T23:00:00Z", ""},
		{"midnight elsewhere", "Europe/Prague", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", ""},
		{"begins a minute late", "Europe/Prague", "2026-03-04T23:01:00Z", "2026-03-05T23:00:00Z", ""},
		{"ends two minutes early", "Europe/Prague", "2026-03-04T23:00:00Z", "2026-03-05T22:58:00Z", ""},
		{"no time at all", "Europe/Prague", "2026-03-04T23:00:00Z", "2026-03-04T23:00:00Z", ""},
		{"backwards", "Europe/Prague", "2026-03-05T23:00:00Z", "2026-03-04T23:00:00Z", ""},
		{"New York in spring", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-03-08/2026-03-09"},
		{"New York in autumn", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "2026-11-01/2026-11-02"},
		{"a midnight that was skipped", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "2018-11-04/2018-11-05"},
		{"up to a midnight that was skipped", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-03/2018-11-04"},
		{"the last hour comes twice", "America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z", "2018-02-17/2018-02-18"},
		{"up to the first of two last hours", "America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T02:00:00Z", ""},
		{"UTC", "UTC", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", "2026-03-05/2026-03-06"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			span, ok := record.WholeLocalDays(instant(t, test.from), instant(t, test.till), in(t, test.zone))
			if ok != (test.want != "") || span.Value() != test.want {
				t.Errorf("got %q, %v; want %q", span.Value(), ok, test.want)
			}
		})
	}
}

func TestSpanIn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, zone, value, from, till string }{
		{"instants", "America/New_York", "2026-03-05T08:00Z/2026-03-05T09:00Z", "2026-03-05T03:00:00-05:00", "2026-03-05T04:00:00-05:00"},
		{"the day of 23 hours", "Europe/Prague", "2026-03-29/2026-03-30", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"the day of 25 hours", "Europe/Prague", "2026-10-25/2026-10-26", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"a midnight that was skipped", "America/Sao_Paulo", "2018-11-04/2018-11-05", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"a midnight after an hour that came twice", "America/Sao_Paulo", "2018-02-17/2018-02-18", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"},
		{"a midnight that comes twice", "America/Havana", "2026-11-01/2026-11-02", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"a date that was skipped", "Pacific/Apia", "2011-12-30/2011-12-31", "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			span, err := record.ParseSpan(record.Value(test.value))
			if err != nil {
				t.Fatal(err)
			}
			from, till := span.In(in(t, test.zone))
			if got := from.Format(time.RFC3339); got != test.from {
				t.Errorf("from %s, want %s", got, test.from)
			}
			if got := till.Format(time.RFC3339); got != test.till {
				t.Errorf("till %s, want %s", got, test.till)
			}
		})
	}
	if from, till := (record.Span{}).In(time.UTC); !from.IsZero() || !till.IsZero() {
		t.Errorf("at no time is %v, %v, want zero times", from, till)
	}
}

func TestWholeDaysRoundTrip(t *testing.T) {
	t.Parallel()
	names := []string{"Europe/Prague", "America/Sao_Paulo", "America/New_York", "America/Havana", "Asia/Beirut", "Africa/Cairo",
		"Australia/Lord_Howe", "Asia/Tehran", "Pacific/Auckland", "America/Asuncion", "Europe/Lisbon"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "zone")
		loc, err := zone.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		first := time.Date(1990, 1, 1+rapid.IntRange(0, 40*365).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		want := record.Days(first, first.AddDate(0, 0, rapid.IntRange(1, 5).Draw(t, "days")))
		from, till := want.In(loc)
		for _, end := range []time.Time{till, till.Add(-time.Minute)} {
			if got, ok := record.WholeLocalDays(from, end, loc); !ok || got != want {
				t.Fatalf("%s in %s is %v to %v, read back as %s, %v", want.Value(), name, from, end, got.Value(), ok)
			}
		}
	})
}

func TestParseSpanRoundTrip(t *testing.T) {
	t.Parallel()
	for _, value := range []record.Value{"", "2026-03-05T08:00Z/2026-03-05T09:00Z", "2026-03-05/2026-03-06", "0001-01-01/9999-12-31"} {
		span, err := record.ParseSpan(value)
		if err != nil || span.Value() != value && value != "" {
			t.Errorf("ParseSpan(%q) = %q, %v", value, span.Value(), err)
		}
	}
	for _, value := range []record.Value{"x", "/", "2026-03-05", "2026-03-05/", "2026-03-05T08:00Z/2026-03-06", "2026-03-05/2026-03-06T00:00Z", "2026-02-30/2026-03-01"} {
		if span, err := record.ParseSpan(value); err == nil {
			t.Errorf("ParseSpan(%q) = %q, want an error", value, span.Value())
		}
	}
}

func TestSpanOverlaps(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		name  string
		value record.Value
		want  bool
	}{
		{"inside", "2026-03-11T08:00Z/2026-03-11T09:00Z", true},
		{"over the beginning", "2026-03-09T23:00Z/2026-03-10T01:00Z", true},
		{"up to the beginning", "2026-03-09T23:00Z/2026-03-10T00:00Z", false},
		{"from the end on", "2026-03-20T00:00Z/2026-03-20T01:00Z", false},
		{"no length at the beginning", "2026-03-10T00:00Z/2026-03-10T00:00Z", true},
		{"no length at the end", "2026-03-20T00:00Z/2026-03-20T00:00Z", false},
		{"the whole day before, which is this one in the west", "2026-03-09/2026-03-10", true},
		{"two whole days before", "2026-03-08/2026-03-09", false},
		{"the whole day after, which is this one in the east", "2026-03-20/2026-03-21", true},
		{"two whole days after", "2026-03-21/2026-03-22", false},
	} {
		span, err := record.ParseSpan(test.value)
		if err != nil {
			t.Fatal(err)
		}
		if got := span.Overlaps(day(10), day(20)); got != test.want {
			t.Errorf("%s: %s overlaps = %v, want %v", test.name, test.value, got, test.want)
		}
	}
}

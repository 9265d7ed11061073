package locale_test

import (
	"strings"
	"testing"
	"time"

	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

func TestValuesInWords(t *testing.T) {
	t.Parallel()
	prague := load(t, "Europe/Prague")
	at := func(hour int) time.Time { return time.Date(2026, 3, 5, hour, 0, 0, 0, prague) }
	span := record.Between(at(8), at(9)).Value()
	tests := []struct {
		name               string
		field              record.Field
		value              record.Value
		wantCzech, wantEng string
	}{
		{"time", record.EventTime, span, "5. 3. 2026 8:00–9:00", "5 Mar 2026 08:00–09:00"},
		{"nonsense instead of a time", record.EventTime, "soon", "„soon“", "“soon”"},
		{"day", record.TaskDue, "2026-03-05", "5. 3. 2026", "5 Mar 2026"},
		{"yes", record.TaskDone, record.Yes, "ano", "yes"},
		{"no", record.TaskDone, "", "ne", "no"},
		{"nothing", record.EventSubject, "", "(prázdné)", "(empty)"},
		{"lines", record.EventSubject, "a\n  <b>\tc", "„a <b> c“", "“a <b> c”"},
		{"long", record.EventSubject, record.Value(strings.Repeat("ř", 30)), "„" + strings.Repeat("ř", 20) + "…“", "“" + strings.Repeat("ř", 20) + "…”"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for lang, want := range map[string]string{locale.Czech: tt.wantCzech, locale.English: tt.wantEng} {
				got := strings.ReplaceAll(locale.New(lang).Value(tt.field, tt.value, prague, 20), "\u00a0", " ")
				if got != want {
					t.Errorf("%s: Value(%s, %q) = %q, want %q", lang, tt.field, tt.value, got, want)
				}
			}
		})
	}
	texts := locale.New(locale.English)
	was, is := texts.Change(locale.Change{Field: record.EventTime, Before: span, After: record.Between(at(10), at(12)).Value()}, prague, 20)
	if was != "08:00–09:00" || is != "10:00–12:00" {
		t.Errorf("a change within one day is told as %q and %q, want the clocks alone", was, is)
	}
	for text, want := range map[string]string{
		"2026-03-05T08:00+01:00/2026-03-05T09:00+01:00": "5 Mar 2026 07:00–08:00",
		"2026-03-05/2026-03-06":                         "5 Mar 2026 – 6 Mar 2026 (all day)",
		"2026-03-05":                                    "due 5 Mar 2026",
		"":                                              "",
	} {
		if got := strings.ReplaceAll(texts.When(text, time.UTC), "\u00a0", " "); got != want {
			t.Errorf("When(%q) = %q, want %q", text, got, want)
		}
	}
}

func load(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

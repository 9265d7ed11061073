package locale_test

import (
	"strings"
	"testing"
	"time"

	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

// plain shows no-break spaces as "_", so that a test sees them.
func plain(text string) string { return strings.ReplaceAll(text, "\u00a0", "_") }

func TestNumbers(t *testing.T) {
	t.Parallel()
	cs, en := locale.New("cs"), locale.New("en")
	for _, test := range []struct{ name, got, want string }{
		{"small", cs.Number(7), "7"},
		{"hundreds", cs.Number(-999), "-999"},
		{"thousands", cs.Number(1234), "1_234"},
		{"millions", cs.Number(-1234567), "-1_234_567"},
		{"English", en.Number(1234567), "1,234,567"},
		{"least", en.Number(-1 << 63), "-9,223,372,036,854,775,808"},
		{"decimal", cs.Decimal(1234.567, 2), "1_234,57"},
		{"English decimal", en.Decimal(1234.567, 2), "1,234.57"},
		{"percent", cs.Percent(0.126), "13_%"},
		{"English percent", en.Percent(0.126), "13%"},
	} {
		if got := plain(test.got); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	cs, en := locale.New("cs"), locale.New("en")
	prague, err := zone.Load("Europe/Prague")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 4, 23, 5, 0, 0, time.UTC)
	span := record.Between(at.Add(8*time.Hour), at.Add(9*time.Hour))
	night := record.Between(at.Add(-2*time.Hour), at)
	for _, test := range []struct{ name, got, want string }{
		{"date", cs.Date(at, prague), "5._3._2026"},
		{"English date", en.Date(at, prague), "5_Mar_2026"},
		{"another date elsewhere", en.Date(at, time.UTC), "4_Mar_2026"},
		{"time", cs.Time(at, prague), "5._3._2026 0:05"},
		{"English time", en.Time(at, prague), "5_Mar_2026 00:05"},
		{"no time", cs.Time(time.Time{}, prague), "–"},
		{"no date", en.Date(time.Time{}, prague), "–"},
		{"span", cs.Span(span, prague), "5._3._2026 8:05–9:05"},
		{"span over midnight", cs.Span(night, prague), "4._3._2026 22:05 – 5._3._2026 0:05"},
		{"one whole day", cs.Span(record.Days(at, at.AddDate(0, 0, 1)), prague), "4._3._2026 (celý den)"},
		{"whole days", en.Span(record.Days(at, at.AddDate(0, 0, 3)), prague), "4_Mar_2026 – 6_Mar_2026 (all day)"},
		{"at no time", en.Span(record.Span{}, prague), "–"},
	} {
		if got := plain(test.got); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	cs, en := locale.New("cs"), locale.New("en")
	for d, want := range map[time.Duration]string{
		0:                          "0_s",
		time.Microsecond:           "0,1_s",
		420 * time.Millisecond:     "0,4_s",
		time.Second:                "1_s",
		2500 * time.Millisecond:    "2,5_s",
		9990 * time.Millisecond:    "10_s",
		45 * time.Second:           "45_s",
		59600 * time.Millisecond:   "1_min",
		2*time.Minute + 5*1e9:      "2_min 5_s",
		59*time.Minute + 599*1e8:   "1_h",
		3*time.Hour + 10*60*1e9:    "3_h 10_min",
		24 * time.Hour:             "1 den",
		52 * time.Hour:             "2 dny 4_h",
		5 * 24 * time.Hour:         "5 dní",
		-90 * time.Second:          "-1_min 30_s",
		24*time.Hour - time.Second: "1 den",
	} {
		if got := plain(cs.Duration(d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := plain(en.Duration(25*time.Hour + 1500*time.Millisecond)); got != "1 day 1_h" {
		t.Errorf("English: %q", got)
	}
}

package zone_test

import (
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record/zone"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, want string }{
		{"Europe/Prague", "Europe/Prague"},
		{" europe/prague ", "Europe/Prague"},
		{"EUROPE_PRAGUE", "Europe/Prague"},
		{"Central Europe Standard Time", "Europe/Prague"}, // the world's rule says Budapest
		{"central europe standard time", "Europe/Prague"},
		{"Europe/Bratislava", "Europe/Bratislava"},
		{"EUROPE_BRATISLAVA", "Europe/Bratislava"},
		{"W. Europe Standard Time", "Europe/Berlin"},
		{"Central European Standard Time", "Europe/Warsaw"},
		{"Europe/Kiev", "Europe/Kyiv"},
		{"FLE Standard Time", "Europe/Kyiv"},
		{"India Standard Time", "Asia/Kolkata"},
		{"Asia/Calcutta", "Asia/Kolkata"},
		{"America/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"AMERICA_ARGENTINA_BUENOS_AIRES", "America/Argentina/Buenos_Aires"},
		{"AMERICA_PORT_AU_PRINCE", "America/Port-au-Prince"},
		{"US/Eastern", "America/New_York"},
		{"UTC", "UTC"}, {"Etc/UTC", "UTC"}, {"Zulu", "UTC"}, {"tzone://Microsoft/Utc", "UTC"},
		{"Etc/GMT-1", "Etc/GMT-1"}, {"Etc/GMT+1", "Etc/GMT+1"},
	} {
		got, err := zone.Canonical(test.name)
		if err != nil || got != test.want {
			t.Errorf("Canonical(%q) = %q, %v; want %q", test.name, got, err, test.want)
		}
		location, err := zone.Load(test.name)
		if err != nil || location.String() != test.want {
			t.Errorf("Load(%q) = %v, %v; want %q", test.name, location, err, test.want)
		}
	}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, want string }{
		{"Europe/Prague", "Central Europe Standard Time"},
		{"EUROPE_PRAGUE", "Central Europe Standard Time"},
		{"Europe/Bratislava", "Central Europe Standard Time"},
		{"Europe/Berlin", "W. Europe Standard Time"},
		{"Europe/Warsaw", "Central European Standard Time"},
		{"Europe/London", "GMT Standard Time"},
		{"Europe/Kyiv", "FLE Standard Time"},
		{"Europe/Kiev", "FLE Standard Time"},
		{"America/New_York", "Eastern Standard Time"},
		{"America/Sao_Paulo", "E. South America Standard Time"},
		{"Asia/Kolkata", "India Standard Time"},
		{"UTC", "UTC"},
		{"Central Europe Standard Time", "Central Europe Standard Time"},
	} {
		got, err := zone.Windows(test.name)
		if err != nil || got != test.want {
			t.Errorf("Windows(%q) = %q, %v; want %q", test.name, got, err, test.want)
		}
	}
	if got, err := zone.Windows("Antarctica/Troll"); err == nil || !strings.Contains(err.Error(), "Antarctica/Troll") {
		t.Errorf("Windows(Antarctica/Troll) = %q, %v; want an error that names it", got, err)
	}
}

func TestUnknownZonesAreNamed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Praha", "Europe/Praha", "+01:00", "tzone://Microsoft/Custom", "../../etc/passwd", "Local"} {
		location, err := zone.Load(name)
		if err == nil {
			t.Errorf("Load(%q) = %v, want an error", name, location)
			continue
		}
		for _, part := range []string{name, "Europe/Prague"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("Load(%q): %q does not name %q", name, err, part)
			}
		}
		if _, err := zone.FromRaynet(name); err == nil || !strings.Contains(err.Error(), "EUROPE_PRAGUE") {
			t.Errorf("FromRaynet(%q): %v does not say what would be right", name, err)
		}
	}
}

func TestFromRaynet(t *testing.T) {
	t.Parallel()
	for enum, want := range map[string]string{
		"EUROPE_PRAGUE": "Europe/Prague", "EUROPE_BRATISLAVA": "Europe/Bratislava", "AMERICA_NEW_YORK": "America/New_York",
		"EUROPE_KIEV": "Europe/Kyiv", "UTC": "UTC",
	} {
		if got, err := zone.FromRaynet(enum); err != nil || got != want {
			t.Errorf("FromRaynet(%q) = %q, %v; want %q", enum, got, err, want)
		}
	}
}

// Every name that the tables know is a zone that can be loaded, and its Windows name leads back to a zone with the same time,
// but for a few near the poles, where the Unicode tables follow rules that have changed since.
func TestEveryZoneLoads(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	windows := 0
	for _, name := range zone.Names() {
		location, err := zone.Load(name)
		if err != nil {
			t.Errorf("Load(%q): %v", name, err)
			continue
		}
		windowsName, err := zone.Windows(name)
		if err != nil {
			continue
		}
		windows++
		back, err := zone.Load(windowsName)
		if err != nil {
			t.Errorf("%s is %s in Windows, which is unknown: %v", name, windowsName, err)
			continue
		}
		if _, want := at.In(location).Zone(); offset(at.In(back)) != want {
			if !strings.HasPrefix(name, "Antarctica/") && name != "America/Scoresbysund" {
				t.Errorf("%s is %d s off in Windows' %s", name, offset(at.In(back))-want, windowsName)
			}
		}
	}
	if windows < 400 {
		t.Errorf("%d zones have a Windows name, want at least 400", windows)
	}
}

func offset(at time.Time) int {
	_, seconds := at.Zone()
	return seconds
}

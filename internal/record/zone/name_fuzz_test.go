package zone_test

import (
	"slices"
	"testing"

	"raynetsync/internal/record/zone"
)

// A name that is known leads to a zone that exists, the canonical name to itself, and the Windows name back to the same zone.
func FuzzZoneName(f *testing.F) {
	for _, name := range []string{
		"Europe/Prague", "EUROPE_PRAGUE", "Central Europe Standard Time", " europe/kiev ", "UTC", "tzone://Microsoft/Utc", "tzone://Microsoft/Custom",
		"Etc/GMT+5", "GMT-5", "Antarctica/Troll", "", "../../etc/passwd", "Local", "Europe\x00Prague", "Ευρώπη/Πράγα",
	} {
		f.Add(name)
	}
	names := zone.Names()
	f.Fuzz(func(t *testing.T, name string) {
		iana, err := zone.Canonical(name)
		location, loadErr := zone.Load(name)
		if (err == nil) != (loadErr == nil) {
			t.Fatalf("%q: Canonical says %v, Load says %v", name, err, loadErr)
		}
		if raynet, err := zone.FromRaynet(name); err == nil && raynet != iana {
			t.Errorf("%q is %q, as a name of RAYNET %q", name, iana, raynet)
		}
		if err != nil {
			if iana != "" || location != nil {
				t.Errorf("%q is refused and is %q, %v", name, iana, location)
			}
			return
		}
		if location.String() != iana {
			t.Errorf("%q is %q, loaded as %v", name, iana, location)
		}
		if _, found := slices.BinarySearch(names, iana); !found {
			t.Errorf("%q is %q, which nobody can choose", name, iana)
		}
		if again, err := zone.Canonical(iana); err != nil || again != iana {
			t.Errorf("%q is %q, which is %q, %v", name, iana, again, err)
		}
		windows, err := zone.Windows(name)
		if err != nil {
			return
		}
		back, err := zone.Canonical(windows)
		if err != nil {
			t.Fatalf("%q is %q in Windows, which is not known: %v", name, windows, err)
		}
		if again, err := zone.Windows(back); err != nil || again != windows {
			t.Errorf("%q is %q in Windows, that is %q, which is %q, %v", name, windows, back, again, err)
		}
	})
}

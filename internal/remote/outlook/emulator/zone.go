package emulator

import (
	"strings"
	"time"
	_ "time/tzdata" // the emulator must know every zone on every machine
)

// stamp is a wall-clock time with the zone it was written in.
type stamp struct {
	wall time.Time // fields only, kept in UTC
	zone string    // name as written
}

// wallFormat is how Graph prints a dateTimeTimeZone. // G-21
const wallFormat = "2006-01-02T15:04:05.0000000"

const dateFormat = "2006-01-02"

// zones resolves names and remembers what it loaded. Guarded by Server.mu.
type zones struct {
	names  map[string]string // lower-case accepted name -> IANA name
	loaded map[string]*time.Location
}

func newZones() *zones {
	z := &zones{names: map[string]string{"utc": "UTC", "tzone://microsoft/utc": "UTC"}, loaded: map[string]*time.Location{}}
	for _, pair := range windowsZones() {
		z.names[strings.ToLower(pair[0])] = pair[1]
	}
	for _, name := range acceptedIANA() {
		z.names[strings.ToLower(name)] = name
	}
	return z
}

// location returns nil for a name the service doesn't take: most IANA names, Europe/Prague among them. // G-22
func (z *zones) location(name string) *time.Location {
	iana, ok := z.names[strings.ToLower(name)]
	if !ok {
		return nil
	}
	if loc := z.loaded[iana]; loc != nil {
		return loc
	}
	loc, err := time.LoadLocation(iana)
	if err != nil {
		return nil
	}
	z.loaded[iana] = loc
	return loc
}

// instant is the moment a stamp means. A stored stamp always has a known zone.
func (z *zones) instant(s stamp) time.Time {
	loc := z.location(s.zone)
	if loc == nil {
		loc = time.UTC
	}
	return onClock(s.wall, loc)
}

// onClock reads the fields of wall as a time of a zone.
func onClock(wall time.Time, loc *time.Location) time.Time {
	y, m, d := wall.Date()
	return time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), loc)
}

// fields is the opposite of onClock: what a clock in loc shows, as a bare wall time.
func fields(at time.Time, loc *time.Location) time.Time {
	return onClock(at.In(loc), time.UTC)
}

// shown prints a moment for a reader's zone.
func shown(at time.Time, loc *time.Location, name string) map[string]any {
	return map[string]any{"dateTime": fields(at, loc).Format(wallFormat), "timeZone": name}
}

// parseWall reads the dateTime of a write: with or without fraction; an offset or Z is allowed and wins over the zone.
func parseWall(value string) (wall time.Time, offset, ok bool) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, false, true
		}
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return t.UTC(), true, true
	}
	return time.Time{}, false, false
}

// parseInstant reads a query value: no offset means UTC. // G-23
func parseInstant(value string) (time.Time, bool) {
	t, _, ok := parseWall(value)
	return t, ok
}

// acceptedIANA is the documented list of additional zone names. // G-22
func acceptedIANA() []string {
	return strings.Fields(`Etc/GMT+12 Etc/GMT+11 Pacific/Honolulu America/Anchorage America/Santa_Isabel America/Los_Angeles
		America/Phoenix America/Chihuahua America/Denver America/Guatemala America/Chicago America/Mexico_City
		America/Regina America/Bogota America/New_York America/Indiana/Indianapolis America/Caracas America/Asuncion
		America/Halifax America/Cuiaba America/La_Paz America/Santiago America/St_Johns America/Sao_Paulo
		America/Argentina/Buenos_Aires America/Cayenne America/Godthab America/Montevideo America/Bahia Etc/GMT+2
		Atlantic/Azores Atlantic/Cape_Verde Etc/GMT Europe/London Atlantic/Reykjavik Europe/Berlin
		Europe/Budapest Europe/Paris Europe/Warsaw Africa/Lagos Africa/Windhoek Europe/Bucharest Asia/Beirut
		Africa/Cairo Asia/Damascus Africa/Johannesburg Europe/Kiev Europe/Istanbul Asia/Jerusalem Asia/Amman
		Asia/Baghdad Europe/Kaliningrad Asia/Riyadh Africa/Nairobi Asia/Tehran Asia/Dubai Asia/Baku Europe/Samara
		Indian/Mauritius Asia/Tbilisi Asia/Yerevan Asia/Kabul Asia/Tashkent Asia/Karachi Asia/Kolkata Asia/Colombo
		Asia/Kathmandu Asia/Almaty Asia/Dhaka Asia/Yekaterinburg Asia/Rangoon Asia/Bangkok Asia/Novosibirsk
		Asia/Shanghai Asia/Krasnoyarsk Asia/Singapore Australia/Perth Asia/Taipei Asia/Ulaanbaatar Asia/Irkutsk
		Asia/Tokyo Asia/Seoul Australia/Adelaide Australia/Darwin Australia/Brisbane Australia/Sydney
		Pacific/Port_Moresby Australia/Hobart Asia/Yakutsk Pacific/Guadalcanal Asia/Vladivostok Pacific/Auckland
		Etc/GMT-12 Pacific/Fiji Asia/Magadan Pacific/Tongatapu Pacific/Apia Pacific/Kiritimati`)
}

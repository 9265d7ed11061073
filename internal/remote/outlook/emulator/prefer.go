package emulator

import (
	"net/http"
	"strings"
	"time"
)

// preferences are what a request asked for with Prefer.
type preferences struct {
	zoneName  string
	zone      *time.Location
	plainText bool
	immutable bool
	page      int
	applied   []string
}

// preferences reads every Prefer header, each a comma-separated list. // G-23
func (s *Server) preferences(c *call) (p preferences, bad *answer) {
	return c.preferences(s.zones.location)
}

// preferences needs to be told which zone names are known: To Do takes more of them.
func (c *call) preferences(locate func(name string) *time.Location) (p preferences, bad *answer) {
	p.zoneName, p.zone = "UTC", time.UTC
	for _, header := range c.header.Values("Prefer") {
		for wish := range strings.SplitSeq(header, ",") {
			key, value, _ := strings.Cut(strings.TrimSpace(wish), "=")
			value = strings.Trim(strings.TrimSpace(value), `"`)
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "outlook.timezone":
				loc := locate(value)
				if loc == nil {
					a := badZone(value)
					return p, &a
				}
				p.zoneName, p.zone = value, loc
			case "outlook.body-content-type":
				p.plainText = strings.EqualFold(value, "text")
			case "idtype":
				p.immutable = strings.EqualFold(value, "ImmutableId")
			case "odata.maxpagesize":
				p.page = atoi(value)
			default:
				continue
			}
			p.applied = append(p.applied, strings.TrimSpace(wish))
		}
	}
	return p, nil
}

func (p preferences) mark(a answer) answer {
	if len(p.applied) == 0 {
		return a
	}
	return a.with("Preference-Applied", strings.Join(p.applied, ", "))
}

// badZone is the refusal of an unknown zone name. // G-22
func badZone(name string) answer {
	return problem(http.StatusBadRequest, "TimeZoneNotSupportedException",
		"A valid TimeZone value must be specified. The following TimeZone value is not supported: '%s'.", name)
}

func atoi(digits string) int {
	n := 0
	for _, d := range digits {
		if d < '0' || d > '9' || n > 1<<20 {
			return 0
		}
		n = n*10 + int(d-'0')
	}
	return n
}

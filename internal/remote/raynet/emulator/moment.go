package emulator

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	isoLayout   = "2006-01-02T15:04:05.000-07:00"
	plainLayout = "2006-01-02 15:04"
	dateLayout  = "2006-01-02"
)

// face is how one answer shows moments.
type face struct {
	zone *time.Location
	iso  bool
}

// at shows a moment to the minute; a zero one is null.
func (f face) at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	t = t.In(f.zone).Truncate(time.Minute)
	if f.iso {
		return t.Format(isoLayout)
	}
	return t.Format(plainLayout)
}

var errMoment = errors.New("no date-time that RAYNET takes")

// moment reads both forms that RAYNET takes. The plain form is in the API user's zone.
func (s *Server) moment(text string, zulu bool) (time.Time, error) {
	for _, layout := range []string{"2006-1-2 15:04", "2006-01-02T15:04:05.000-07:00"} {
		if t, err := time.ParseInLocation(layout, text, s.zone); err == nil && hasMillis(text) {
			return t.Truncate(time.Minute), nil
		}
	}
	if plain, ok := strings.CutSuffix(text, "Z"); ok && zulu && hasMillis(text) {
		if t, err := time.ParseInLocation("2006-01-02T15:04:05.000", plain, time.UTC); err == nil {
			return t.Truncate(time.Minute), nil
		}
	}
	return time.Time{}, errMoment
}

// hasMillis guards against Go's parser, which accepts a fraction of any length.
func hasMillis(text string) bool {
	if !strings.Contains(text, "T") {
		return true
	}
	at := strings.Index(text, ".")
	return at == len("2006-01-02T15:04:05") && len(text) > at+4 && strings.ContainsAny(text[at+4:at+5], "+-Z")
}

// truth reads a boolean in any of the forms that RAYNET takes.
func truth(value any) (bool, bool) {
	switch value := value.(type) {
	case bool:
		return value, true
	case float64:
		return value == 1, value == 0 || value == 1
	case string:
		switch strings.ToLower(value) {
		case "true", "on", "yes", "1":
			return true, true
		case "false", "off", "no", "0":
			return false, true
		}
	}
	return false, false
}

// whole reads an id from a JSON value or from the Go values that CreateAs' callers use.
func whole(value any) (int64, bool) {
	switch value := value.(type) {
	case float64:
		return int64(value), value == math.Trunc(value) && math.Abs(value) < 1<<53
	case int64:
		return value, true
	case int:
		return int64(value), true
	case string:
		id, err := strconv.ParseInt(value, 10, 64)
		return id, err == nil
	case map[string]any: // a reference as it was read
		return whole(value["id"])
	}
	return 0, false
}

package outlook

import (
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

// event is what we read of an event. Whatever Graph adds beyond it is ignored.
type event struct {
	ID             string       `json:"id"`
	ETag           string       `json:"@odata.etag"`
	ChangeKey      string       `json:"changeKey"`
	Modified       string       `json:"lastModifiedDateTime"`
	Removed        *removed     `json:"@removed"`
	Type           string       `json:"type"`
	SeriesMasterID string       `json:"seriesMasterId"`
	Subject        string       `json:"subject"`
	Body           *itemBody    `json:"body"`
	Start          *moment      `json:"start"`
	End            *moment      `json:"end"`
	OriginalStart  string       `json:"originalStart"`
	StartZone      string       `json:"originalStartTimeZone"`
	IsAllDay       bool         `json:"isAllDay"`
	IsCancelled    bool         `json:"isCancelled"`
	IsDraft        bool         `json:"isDraft"`
	IsOrganizer    *bool        `json:"isOrganizer"`
	Location       *location    `json:"location"`
	Organizer      *participant `json:"organizer"`
	// Attendees is nil if the answer did not tell, empty if there are none.
	Attendees     []participant `json:"attendees"`
	Sensitivity   string        `json:"sensitivity"`
	Importance    string        `json:"importance"`
	Categories    []string      `json:"categories"`
	ICalUID       string        `json:"iCalUId"`
	TransactionID string        `json:"transactionId"`
	Recurrence    *recurrence   `json:"recurrence"`
	Properties    []property    `json:"singleValueExtendedProperties"`
}

type removed struct {
	Reason string `json:"reason"`
}

type itemBody struct {
	ContentType string `json:"contentType"`
	Content     string `json:"content"`
}

type moment struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type location struct {
	DisplayName string `json:"displayName"`
}

type participant struct {
	Type   string `json:"type"`
	Status struct {
		Response string `json:"response"`
	} `json:"status"`
	EmailAddress struct {
		Name    string `json:"name"`
		Address string `json:"address"`
	} `json:"emailAddress"`
}

type recurrence struct {
	Range struct {
		Zone string `json:"recurrenceTimeZone"`
	} `json:"range"`
}

// The values of event.Type.
const (
	typeSingle     = "singleInstance"
	typeOccurrence = "occurrence"
	typeException  = "exception"
	typeMaster     = "seriesMaster"
)

// errNoID says that what should be a thing names nothing.
var errNoID = errors.New("it has no id")

// idOf returns the id of an element that cannot be read otherwise, empty if not even that can be told.
func idOf(raw jsontext.Value) string {
	var named struct {
		ID string `json:"id"`
	}
	if decode(raw, &named) != nil {
		return ""
	}
	return named.ID
}

// readEvent decodes one event. Its id is given back even if the rest cannot be read.
func readEvent(raw jsontext.Value) (event, error) {
	var e event
	if err := decode(raw, &e); err != nil {
		return event{ID: idOf(raw)}, err
	}
	if e.ID == "" {
		return event{}, errNoID
	}
	return e, nil
}

// version returns the etag.
func (e event) version() string {
	if e.ETag != "" || e.ChangeKey == "" {
		return e.ETag
	}
	return `W/"` + e.ChangeKey + `"`
}

// foreign reports whether somebody else organises it.
func (e event) foreign() bool { return e.IsOrganizer != nil && !*e.IsOrganizer }

// alone reports whether the answer proves that a change or removal can mail nobody.
func (e event) alone() bool { return e.Attendees != nil && len(e.Attendees) == 0 && !e.foreign() }

// private reports whether its user keeps it to himself. A value we do not know counts as private.
func (e event) private() bool {
	return e.Sensitivity != "" && !strings.EqualFold(e.Sensitivity, "normal")
}

// has reports whether the event has a category, in any letter case.
func (e event) has(category string) bool {
	for _, own := range e.Categories {
		if strings.EqualFold(strings.TrimSpace(own), category) {
			return true
		}
	}
	return false
}

// span returns when the event takes place; ok is false for times that cannot be (G-81, G-82).
func (e event) span() (span record.Span, ok bool) {
	start, okStart := e.Start.read(e.IsAllDay)
	end, okEnd := e.End.read(e.IsAllDay)
	if !okStart || !okEnd {
		return record.Span{}, false
	}
	if e.IsAllDay {
		return record.Days(start, end), start.Before(end)
	}
	span = record.Between(start, end)
	return span, !span.Till.Before(span.From)
}

// read returns the moment; for whole days it is the date alone, whatever zone stands beside it.
func (m *moment) read(wholeDay bool) (time.Time, bool) {
	if m == nil {
		return time.Time{}, false
	}
	place := time.UTC
	if !wholeDay && m.TimeZone != "" && !strings.EqualFold(m.TimeZone, "UTC") {
		loaded, err := zone.Load(m.TimeZone)
		if err != nil {
			return time.Time{}, false
		}
		place = loaded
	}
	at, ok := parseClock(m.DateTime, place)
	if !ok || at.Year() < 1900 || at.Year() > 9000 {
		return time.Time{}, false
	}
	return at, true
}

// parseClock reads a local or absolute date-time with any number of fraction digits.
func parseClock(text string, place *time.Location) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, place); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// zoneOf returns the zone in which a series counts its dates (G-81): its own, its author's, the user's, UTC.
func (e event) zoneOf(user string) *time.Location {
	names := []string{e.StartZone, user}
	if e.Recurrence != nil {
		names = []string{e.Recurrence.Range.Zone, e.StartZone, user}
	}
	for _, name := range names {
		if name == "" || strings.HasPrefix(strings.ToLower(name), "tzone://microsoft/custom") {
			continue
		}
		if strings.EqualFold(name, "tzone://microsoft/utc") {
			return time.UTC
		}
		if place, err := zone.Load(name); err == nil {
			return place
		}
	}
	return time.UTC
}

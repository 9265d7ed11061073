package emulator

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// apply writes a checked body into an event. The event is a clone: a refusal throws it away.
func (s *Server) apply(it *item, patch map[string]any) *answer {
	if bad := checkShape(kindEvent, patch); bad != nil {
		return bad
	}
	if bad := s.applyTimes(it, patch); bad != nil {
		return bad
	}
	for _, name := range sortedKeys(patch) {
		if bad := it.applyProperty(name, patch[name]); bad != nil {
			return bad
		}
	}
	return nil
}

// applyProperty writes everything but times and recurrence.
func (it *item) applyProperty(name string, value any) *answer {
	switch name {
	case "body":
		b := object(value)
		it.body = newBody(text(b["contentType"]), text(b["content"]))
		it.setOnline(it.body.online)
	case "isOnlineMeeting":
		if on, _ := value.(bool); on {
			it.setOnline(true)
		}
	case "location":
		it.setLocations([]any{value})
	case "locations":
		it.setLocations(list(value))
	case "attendees":
		if it.from == nil {
			return it.setAttendees(list(value))
		}
	case "singleValueExtendedProperties":
		return it.setExtended(list(value))
	case "categories":
		it.set(name, slices.Clone(list(value)), len(list(value)) == 0)
	case "onlineMeetingProvider":
	case "subject":
		if len([]rune(text(value))) > 255 {
			return refused("The length of the property 'Subject' exceeds the maximum of 255.")
		}
		it.set(name, text(value), text(value) == "")
	default:
		switch eventForm(name) {
		case formEnum:
			word := canonical(text(value), enumValues(name))
			it.set(name, word, word == "")
		case formBool, formNumber:
			it.set(name, value, value == nil)
		}
	}
	return nil
}

// set stores a property, or forgets it when it has its default.
func (it *item) set(name string, value any, isDefault bool) {
	if isDefault {
		delete(it.props, name)
		return
	}
	it.props[name] = value
}

// setOnline makes an event a Teams meeting; a body that came without the join block ends that. // G-41
func (it *item) setOnline(on bool) {
	it.body.online = on
	it.set("isOnlineMeeting", on, !on)
}

// setLocations keeps location and locations in step: writing one rewrites the other. // G-14
func (it *item) setLocations(places []any) {
	var kept []any
	for _, p := range places {
		if place := maps.Clone(object(p)); text(place["displayName"]) != "" {
			fill(place, map[string]any{"locationType": "default", "uniqueIdType": "private", "uniqueId": place["displayName"]})
			if place["locationType"] = canonical(text(place["locationType"]), locationTypes()); place["locationType"] == "" {
				place["locationType"] = "default"
			}
			kept = append(kept, place)
		}
	}
	it.set("locations", kept, len(kept) == 0)
}

func locationTypes() []string {
	return []string{"default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel", "restaurant", "localBusiness", "postalAddress"}
}

// setAttendees replaces the collection; people who stay keep their answer. // G-35
func (it *item) setAttendees(people []any) *answer {
	if len(people) > 500 {
		return refused("The number of attendees exceeds the maximum of 500.")
	}
	before := map[string]any{}
	for _, a := range list(it.props["attendees"]) {
		before[attendeeAddress(a)] = object(a)["status"]
	}
	var kept []any
	for _, p := range people {
		who := object(object(p)["emailAddress"])
		address := text(who["address"])
		if address == "" {
			return refused("At least one recipient isn't valid.")
		}
		role := canonical(text(object(p)["type"]), []string{"required", "optional", "resource"})
		if role == "" {
			role = "required"
		}
		name := text(who["name"])
		if name == "" {
			name = address
		}
		status := before[strings.ToLower(address)]
		if status == nil {
			status = map[string]any{"response": "none", "time": zeroTime}
		}
		kept = append(kept, map[string]any{"type": role, "status": status, "emailAddress": map[string]any{"name": name, "address": address}})
	}
	it.set("attendees", kept, len(kept) == 0)
	return nil
}

const zeroTime = "0001-01-01T00:00:00Z"

func attendeeAddress(a any) string {
	return strings.ToLower(text(object(object(a)["emailAddress"])["address"]))
}

// setExtended merges extended properties; a null value removes one. // G-33
func (it *item) setExtended(props []any) *answer {
	ext := maps.Clone(it.ext)
	if ext == nil {
		ext = map[string]string{}
	}
	for _, p := range props {
		id := text(object(p)["id"])
		if !strings.Contains(id, "{") || !strings.ContainsAny(id, " ") {
			return refused("The extended property id '%s' is not valid.", id)
		}
		if object(p)["value"] == nil {
			delete(ext, canonicalExt(id))
			continue
		}
		ext[canonicalExt(id)] = text(object(p)["value"])
	}
	it.ext = ext
	return nil
}

// applyTimes writes start, end, isAllDay and recurrence, which depend on each other.
func (s *Server) applyTimes(it *item, patch map[string]any) *answer {
	oldStart, oldEnd, oldAllDay, oldRecurrence := it.start, it.end, it.allDay, it.recurrenceJSON()
	if bad := s.applyStamps(it, patch); bad != nil {
		return bad
	}
	value, given := patch["recurrence"]
	switch {
	case given && it.master != nil && value != nil:
		return refused("An occurrence can't have a recurrence.")
	case given && value == nil:
		it.series = nil
	case given:
		if bad := s.applyRecurrence(it, object(value)); bad != nil {
			return bad
		}
	}
	moved := it.start != oldStart || it.end != oldEnd || it.allDay != oldAllDay
	if it.series == nil || oldRecurrence == nil {
		return nil
	}
	if moved || given && string(encode(it.recurrenceJSON())) != string(encode(oldRecurrence)) {
		if moved && !given {
			return s.shiftSeries(it)
		}
		it.series.reset()
	}
	return nil
}

// reset lets the occurrences begin anew: ids die, exceptions and cancelled dates are dropped. // G-28
func (sr *series) reset() {
	sr.generation++
	sr.exceptions, sr.cancelled = map[string]*item{}, map[string]bool{}
}

// shiftSeries follows a master whose own times moved without a new pattern.
func (s *Server) shiftSeries(it *item) *answer {
	start, _, _ := s.zones.inSeriesZone(it)
	it.series.rec.start = start.Truncate(24 * time.Hour)
	it.series.reset()
	return s.alignSeries(it)
}

func (it *item) recurrenceJSON() map[string]any {
	if it.series == nil {
		return nil
	}
	return it.series.rec.json()
}

func (s *Server) applyStamps(it *item, patch map[string]any) *answer {
	if v, ok := patch["isAllDay"].(bool); ok && v != it.allDay {
		if it.born != 0 && (patch["start"] == nil || patch["end"] == nil) {
			return refused("Changing IsAllDay needs Start and End in the same request.") // G-21
		}
		it.allDay = v
	}
	for name, target := range map[string]*stamp{"start": &it.start, "end": &it.end} {
		if patch[name] == nil {
			continue
		}
		read, bad := s.readStamp(object(patch[name]))
		if bad != nil {
			return bad
		}
		*target = read
	}
	switch {
	case it.start.zone == "" || it.end.zone == "":
		return refused("An event needs Start and End.")
	case it.allDay:
		return checkAllDay(it)
	case s.zones.instant(it.end).Before(s.zones.instant(it.start)):
		return refused("The End of an event can't be before its Start.")
	}
	return nil
}

func (s *Server) readStamp(v map[string]any) (stamp, *answer) {
	zone := text(v["timeZone"])
	if zone == "" {
		zone = "UTC"
	}
	loc := s.zones.location(zone)
	if loc == nil {
		a := badZone(zone)
		return stamp{}, &a
	}
	wall, offset, ok := parseWall(text(v["dateTime"]))
	if !ok {
		return stamp{}, refused("The value '%s' is not a valid dateTime.", text(v["dateTime"]))
	}
	if offset {
		wall = fields(wall, loc)
	}
	return stamp{wall, zone}, nil
}

// checkAllDay wants midnights of one zone, at least a day apart. // G-21
func checkAllDay(it *item) *answer {
	midnight := func(t time.Time) bool { return t.Equal(t.Truncate(24 * time.Hour)) }
	switch {
	case !midnight(it.start.wall):
		return refused("The Event.Start property for an all-day event needs to be set to midnight.")
	case !midnight(it.end.wall):
		return refused("The Event.End property for an all-day event needs to be set to midnight.")
	case !strings.EqualFold(it.start.zone, it.end.zone):
		return refused("The Event.Start and Event.End of an all-day event need the same time zone.")
	case it.end.wall.Sub(it.start.wall) < 24*time.Hour:
		return refused("The duration of an all-day event must be at least 24 hours.")
	}
	return nil
}

func (s *Server) applyRecurrence(it *item, v map[string]any) *answer {
	rec, reason := parseRecurrence(v, it.start)
	if reason == "" && s.zones.location(rec.zone) == nil {
		a := badZone(rec.zone)
		return &a
	}
	if reason != "" {
		return refused("%s", reason)
	}
	if it.series == nil {
		it.series = &series{exceptions: map[string]*item{}, cancelled: map[string]bool{}}
	}
	it.series.rec = rec
	return s.alignSeries(it)
}

// alignSeries moves the master's own times to the first date of its pattern. // G-27
func (s *Server) alignSeries(it *item) *answer {
	rec := it.series.rec
	if reason := rec.parseRange(object(rec.json()["range"]), it.start); reason != "" {
		return refused("%s", reason)
	}
	start, _, _ := s.zones.inSeriesZone(it)
	shift := rec.start.Sub(start.Truncate(24 * time.Hour))
	it.start.wall, it.end.wall = it.start.wall.Add(shift), it.end.wall.Add(shift)
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

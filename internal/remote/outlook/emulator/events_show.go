package emulator

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// view is how a request wants to see items.
type view struct {
	s        *Server
	mb       *mailbox
	prefs    preferences
	selected []string
	expand   expansion
	single   bool // a GET by id, which shows more
	whole    bool // for the emulator's owner: everything there is
}

const timeFormat = "2006-01-02T15:04:05.0000000Z"

func eventType(it *item) string {
	switch {
	case it.series != nil:
		return "seriesMaster"
	case it.master != nil:
		return "exception"
	}
	return "singleInstance"
}

// id is the id of the form the request asked for. // G-30
func (v *view) id(it *item) string {
	if v.prefs.immutable || it.master != nil || it.kind == kindContactFolder {
		return it.id
	}
	return v.mb.ordinaryID(it)
}

// event shows a single event, a master or an exception.
func (v *view) event(it *item) map[string]any {
	out := v.content(it)
	out["id"], out["type"] = v.id(it), eventType(it)
	out["iCalUId"] = it.uid
	out["start"], out["end"] = v.times(it)
	if it.series != nil {
		out["recurrence"] = it.series.rec.json()
		if v.s.faults["odd-zones"] {
			object(object(out["recurrence"])["range"])["recurrenceTimeZone"] = ""
		}
	}
	if it.master != nil {
		out["seriesMasterId"], out["iCalUId"] = v.id(it.master), occurrenceUID(it.master.uid, it.date)
	}
	if it.txn != "" {
		out["transactionId"] = it.txn
	}
	v.hidden(out, it)
	return v.choose(out, it)
}

// occurrence shows one date of a series in full, an exception where there is one.
func (v *view) occurrence(o occurrence) map[string]any {
	if o.exception != nil {
		return v.event(o.exception)
	}
	out := v.content(o.master)
	out["id"], out["type"] = occurrenceID(o.master, o.date), "occurrence"
	out["iCalUId"] = occurrenceUID(o.master.uid, o.date)
	out["seriesMasterId"] = v.id(o.master)
	out["start"], out["end"] = v.occurrenceTimes(o)
	if slices.Contains(v.selected, "originalStart") {
		out["originalStart"] = o.start.UTC().Format(time.RFC3339)
	}
	return v.choose(out, o.master)
}

// stub is what delta tells of an unchanged occurrence. // G-45
func (v *view) stub(o occurrence) map[string]any {
	start, end := v.occurrenceTimes(o)
	return map[string]any{
		"@odata.type": "#microsoft.graph.event", "@odata.etag": etag(v.mb, o.master.version), "id": occurrenceID(o.master, o.date),
		"seriesMasterId": v.id(o.master), "type": "occurrence", "start": start, "end": end,
	}
}

// globalObject is how Exchange's own identities begin. The date of an occurrence stands behind it, zeros in that of a series.
const globalObject = "040000008200E00074C5B7101A82E008"

// occurrenceUID is the identity of one date of a series. // G-85
func occurrenceUID(uid, date string) string {
	day, _ := time.Parse(dateFormat, date)
	year, month, dayOfMonth := day.Date()
	return globalObject + fmt.Sprintf("%04X%02X%02X", year, int(month), dayOfMonth) + uid[len(globalObject)+8:]
}

func (v *view) times(it *item) (start, end any) {
	if it.allDay {
		return wallUTC(it.start.wall), wallUTC(it.end.wall)
	}
	from, to := v.s.zones.span(it)
	return shown(from, v.prefs.zone, v.prefs.zoneName), shown(to, v.prefs.zone, v.prefs.zoneName)
}

func (v *view) occurrenceTimes(o occurrence) (start, end any) {
	if o.exception != nil {
		return v.times(o.exception)
	}
	if o.master.allDay {
		return wallUTC(o.wallStart), wallUTC(o.wallEnd)
	}
	return shown(o.start, v.prefs.zone, v.prefs.zoneName), shown(o.end, v.prefs.zone, v.prefs.zoneName)
}

// wallUTC is how whole days are shown, whatever zone was asked for. // G-21
func wallUTC(wall time.Time) map[string]any {
	return map[string]any{"dateTime": wall.Format(wallFormat), "timeZone": "UTC"}
}

// content is what masters and their occurrences share.
func (v *view) content(it *item) map[string]any {
	contentType, content := "html", it.body.html()
	if v.prefs.plainText {
		contentType, content = "text", it.body.text()
	}
	out := map[string]any{
		"@odata.etag": etag(v.mb, it.version), "changeKey": changeKey(v.mb, it.version),
		"createdDateTime": it.created.UTC().Format(timeFormat), "lastModifiedDateTime": it.modified.UTC().Format(timeFormat),
		"subject": "", "bodyPreview": it.body.preview(), "body": map[string]any{"contentType": contentType, "content": content},
		"originalStartTimeZone": it.start.zone, "originalEndTimeZone": it.end.zone,
		"isAllDay": it.allDay, "isCancelled": it.cancelled, "isDraft": false, "isOrganizer": it.from == nil, "hasAttachments": false,
		"hideAttendees": false, "allowNewTimeProposals": true, "responseRequested": true,
		"location":  map[string]any{"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": map[string]any{}, "coordinates": map[string]any{}},
		"locations": []any{}, "attendees": []any{}, "organizer": map[string]any{"emailAddress": v.s.organizer(v.mb, it)},
		"responseStatus": map[string]any{"response": "organizer", "time": zeroTime},
		"showAs":         "busy", "sensitivity": "normal", "importance": "normal", "categories": []any{},
		"isReminderOn": true, "reminderMinutesBeforeStart": 15, "recurrence": nil, "seriesMasterId": nil, "transactionId": nil,
		"isOnlineMeeting": false, "onlineMeetingProvider": "unknown", "onlineMeeting": nil, "onlineMeetingUrl": nil,
		"webLink": "https://outlook.example/owa/?itemid=" + url.QueryEscape(it.id) + "&exvsurl=1&path=/calendar/item",
	}
	maps.Copy(out, it.props)
	if places := list(it.props["locations"]); len(places) > 0 {
		out["location"] = places[0]
	}
	if it.body.online {
		out["onlineMeetingProvider"] = "teamsForBusiness"
		out["onlineMeeting"] = map[string]any{"joinUrl": "https://teams.example/l/meetup-join/fake"}
	}
	if it.from != nil {
		at := zeroTime
		if !it.answered.IsZero() {
			at = it.answered.UTC().Format(time.RFC3339)
		}
		out["responseStatus"] = map[string]any{"response": it.answer, "time": at}
	}
	v.s.oddData(out, it)
	if v.s.faults["odd-zones"] { // G-22
		out["originalStartTimeZone"], out["originalEndTimeZone"] = "tzone://Microsoft/Custom", "tzone://Microsoft/Custom"
	}
	return out
}

// hidden adds what is shown only when it is asked for by name.
func (v *view) hidden(out map[string]any, it *item) {
	if slices.Contains(v.selected, "originalStart") && it.master != nil {
		d, _ := time.Parse(dateFormat, it.date)
		master := *it.master
		o := v.s.zones.occurrenceAt(&master, d)
		_, _, loc := v.s.zones.inSeriesZone(it.master)
		out["originalStart"] = onClock(o.wallStart, loc).UTC().Format(time.RFC3339)
	}
	if it.series == nil || !v.single && !v.whole {
		return
	}
	if v.whole || slices.Contains(v.selected, "cancelledOccurrences") {
		dates := []any{}
		for _, date := range sortedKeys(it.series.cancelled) {
			dates = append(dates, "OID."+v.id(it)+"."+date)
		}
		out["cancelledOccurrences"] = dates
	}
	if v.whole || v.expand.exceptions {
		exceptions := []any{}
		inner := *v
		inner.selected, inner.expand.exceptions = nil, false
		for _, date := range sortedKeys(it.series.exceptions) {
			exceptions = append(exceptions, inner.event(it.series.exceptions[date]))
		}
		out["exceptionOccurrences"] = exceptions
	}
}

// choose keeps what $select names and adds what $expand asks for.
func (v *view) choose(out map[string]any, it *item) map[string]any {
	if len(v.selected) > 0 {
		keep := map[string]any{"@odata.etag": out["@odata.etag"], "id": out["id"]}
		for _, name := range v.selected {
			if value, ok := out[name]; ok {
				keep[name] = value
			}
		}
		if v.expand.exceptions && out["exceptionOccurrences"] != nil {
			keep["exceptionOccurrences"] = out["exceptionOccurrences"]
		}
		out = keep
	}
	var found []any
	ids := v.expand.ext
	if v.whole {
		ids = sortedKeys(it.ext)
	}
	for _, id := range ids {
		if value, ok := it.ext[id]; ok {
			found = append(found, map[string]any{"id": shownExt(id), "value": value})
		}
	}
	if found != nil {
		out["singleValueExtendedProperties"] = found
	}
	return out
}

// organizer is the organiser's address as an event shows it.
func (s *Server) organizer(mb *mailbox, it *item) map[string]any {
	switch {
	case it.host != nil:
		return it.host
	case it.from != nil:
		mb = it.from.owner
	}
	return map[string]any{"name": mb.name(), "address": mb.address()}
}

// shownExt spells an extended property's id as answers do. // G-33
func shownExt(id string) string { return strings.ToUpper(id[:1]) + id[1:] }

// snapshot shows an item of any kind with everything there is, for people and history.
func (s *Server) snapshot(mb *mailbox, it *item) map[string]any {
	if it.kind == kindTask {
		return s.taskSnapshot(mb, it)
	}
	v := &view{s: s, mb: mb, whole: true, prefs: preferences{zone: time.UTC, zoneName: "UTC", immutable: true}}
	return v.show(it)
}

// show shows an item of any kind that has a view.
func (v *view) show(it *item) map[string]any {
	switch it.kind {
	case kindContact:
		return v.contact(it)
	case kindContactFolder:
		return v.contactFolder(it)
	case kindEvent, kindTask:
	}
	return v.event(it)
}

func sortShown(found []shownAt) {
	slices.SortStableFunc(found, func(a, b shownAt) int { return a.start.Compare(b.start) })
}

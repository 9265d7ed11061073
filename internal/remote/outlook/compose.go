package outlook

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
)

// eventWrite is what we ever write of an event. It has no attendees and never will: there is no silent way to write them
// (G-92).
type eventWrite struct {
	Subject         *string    `json:"subject,omitzero"`
	Body            *itemBody  `json:"body,omitzero"`
	Start           *moment    `json:"start,omitzero"`
	End             *moment    `json:"end,omitzero"`
	IsAllDay        *bool      `json:"isAllDay,omitzero"`
	Location        *location  `json:"location,omitzero"`
	Importance      string     `json:"importance,omitzero"`
	ShowAs          string     `json:"showAs,omitzero"`
	Categories      []string   `json:"categories,omitzero"`
	IsReminderOn    *bool      `json:"isReminderOn,omitzero"`
	ReminderMinutes *int       `json:"reminderMinutesBeforeStart,omitzero"`
	TransactionID   string     `json:"transactionId,omitzero"`
	Properties      []property `json:"singleValueExtendedProperties,omitzero"`
}

func refusal(write remote.Write, text string) *remote.Error {
	doing := "compose a create"
	if write.Target != nil {
		doing = "compose a change of " + write.Target.Ref.String()
	}
	return &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: text}
}

// createKey is by what a create is known again.
func createKey(write remote.Write) (string, error) {
	if key := cmp.Or(write.Key, write.Stamp.Op); key != "" {
		return key, nil
	}
	return "", refusal(write, "a create needs a key")
}

func (c *Client) createEvent(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	op, err := createKey(write)
	if err != nil {
		return nil, err
	}
	f := write.Fields
	body := eventWrite{TransactionID: op}
	if f[record.EventTime] == "" {
		return nil, refusal(write, "an event needs a time")
	}
	if _, ok := f[record.EventSubject]; !ok {
		f = f.Clone()
		f[record.EventSubject] = ""
	}
	if err := c.setFields(&body, scope, write, f); err != nil {
		return nil, err
	}
	category := string(f[record.EventCategory])
	body.Categories = c.categories(nil, "", &category, f[record.EventCancelled] == record.Yes)
	if f[record.EventCancelled] == record.Yes {
		body.ShowAs = "free"
	}
	c.setReminder(&body, f)
	if f[record.EventBody] != "" || f[record.EventClient] != "" {
		own, block := string(f[record.EventBody]), string(f[record.EventClient])
		body.Body = &itemBody{ContentType: "html", Content: record.ComposeBody("", &own, &block)}
	}
	body.Properties = c.marks.write(write.Stamp, op, category)
	request.Method, request.Path, request.Key = "POST", calendarPath(scope)+"/events", op
	return finish(write, request, body)
}

// setReminder turns the reminder on for what is still to come: an old event would remind at once. It is set at create only
// and belongs to the user from then on.
func (c *Client) setReminder(body *eventWrite, f record.Fields) {
	span, err := record.ParseSpan(f[record.EventTime])
	on := err == nil && c.config.Reminder >= 0 && span.From.After(c.config.Now()) && f[record.EventCancelled] != record.Yes
	body.IsReminderOn = &on
	if on {
		minutes := c.config.Reminder
		body.ReminderMinutes = &minutes
	}
}

func (c *Client) updateEvent(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	if write.Target == nil {
		return nil, refusal(write, "an update needs the state it starts from")
	}
	from, ok := write.Target.Raw.(*material)
	if !ok || from.ID == "" {
		return nil, refusal(write, "the event must be read before it is changed")
	}
	f := write.Fields
	body := eventWrite{}
	if err := c.setFields(&body, scope, write, f); err != nil {
		return nil, err
	}
	own, hasOwn := f[record.EventBody]
	block, hasBlock := f[record.EventClient]
	if hasOwn || hasBlock {
		body.Body = &itemBody{ContentType: "html", Content: record.ComposeBody(from.HTML, textIf(hasOwn, own), textIf(hasBlock, block))}
	}
	cancelled, hasCancelled := f[record.EventCancelled]
	category, hasCategory := f[record.EventCategory]
	if hasCancelled {
		body.ShowAs = "busy"
		if cancelled == record.Yes {
			body.ShowAs = "free"
		}
	} else if hasCategory {
		cancelled = ""
		if containsFold(from.Categories, c.config.CancelledCategory) {
			cancelled = record.Yes
		}
	}
	if hasCancelled || hasCategory {
		body.Categories = c.categories(from.Categories, from.Category, textIf(hasCategory, category), cancelled == record.Yes)
	}
	if hasCategory {
		body.Properties = []property{{c.marks.category, string(category)}}
	}
	request.Method, request.Ref = "PATCH", write.Target.Ref
	request.Path = "/users/" + segment(scope.Mailbox) + "/events/" + segment(from.ID)
	request.Header = guardHeader(write.Target, from)
	return finish(write, request, body)
}

func (c *Client) dropEvent(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	if write.Target == nil {
		return nil, refusal(write, "a removal needs the state it starts from")
	}
	from, ok := write.Target.Raw.(*material)
	if !ok || from.ID == "" {
		return nil, refusal(write, "the event must be read before it is removed")
	}
	request.Method, request.Ref = "DELETE", write.Target.Ref
	request.Path = "/users/" + segment(scope.Mailbox) + "/events/" + segment(from.ID)
	request.Header = guardHeader(write.Target, from)
	return []remote.Request{request}, nil
}

// guardHeader ties a change to the very state it was made for, and tells the firewall what that state proves.
func guardHeader(target *remote.Snapshot, from *material) map[string]string {
	header := map[string]string{}
	if target.Version != "" {
		header["If-Match"] = string(target.Version)
	}
	if from.Alone && len(target.Held) == 0 {
		header[evidenceHeader] = evidenceAlone
	}
	return header
}

// finish writes the body down. Only fields that the body shows count as written.
func finish(write remote.Write, request remote.Request, body any) ([]remote.Request, error) {
	for _, spec := range record.SchemaOf(request.Kind).Fields {
		if _, ok := write.Fields[spec.Name]; ok && spec.Flow.Carries(record.Raynet) {
			request.Writes = append(request.Writes, spec.Name)
		}
	}
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return nil, refusal(write, "the text is not valid")
	}
	if write.Op == remote.Update && (len(request.Writes) == 0 || string(text) == "{}") {
		return nil, nil
	}
	request.Body = string(text)
	return []remote.Request{request}, nil
}

// setFields sets what is written alike at create and update.
func (c *Client) setFields(body *eventWrite, scope remote.Scope, write remote.Write, f record.Fields) error {
	if subject, ok := f[record.EventSubject]; ok {
		body.Subject = textIf(true, subject)
	}
	if place, ok := f[record.EventPlace]; ok && (place != "" || write.Op == remote.Update) {
		body.Location = &location{DisplayName: string(place)}
	}
	if value, ok := f[record.EventImportance]; ok {
		body.Importance = string(importance(string(value)))
	}
	if value, ok := f[record.EventTime]; ok {
		span, err := record.ParseSpan(value)
		if err != nil || span.IsZero() || span.Till.Before(span.From) || (span.WholeDays && !span.From.Before(span.Till)) {
			return refusal(write, "an event needs a time that ends after it begins")
		}
		start, end := c.moments(span, scope.Zone)
		allDay := span.WholeDays
		body.Start, body.End, body.IsAllDay = &start, &end, &allDay
	}
	return nil
}

// moments writes a span in the user's zone (G-81). Around a change of the clocks, when local times are missing or happen
// twice, and in a zone that Windows has no name for, it is written in UTC.
func (c *Client) moments(span record.Span, user string) (start, end moment) {
	const layout = "2006-01-02T15:04:05"
	name, place := "UTC", time.UTC
	if windows, err := zone.Windows(user); err == nil {
		if loaded, err := c.zonePlace(user); err == nil && (span.WholeDays || (plain(span.From, loaded) && plain(span.Till, loaded))) {
			name, place = windows, loaded
		}
	}
	if span.WholeDays {
		place = time.UTC // the dates themselves, midnight to midnight in the named zone
	}
	return moment{span.From.In(place).Format(layout), name}, moment{span.Till.In(place).Format(layout), name}
}

// plain reports whether the clocks do not change within three hours of the instant.
func plain(at time.Time, place *time.Location) bool {
	const around = 3 * time.Hour
	_, before := at.Add(-around).In(place).Zone()
	_, after := at.Add(around).In(place).Zone()
	return before == after
}

// zonePlace returns the location of a zone, remembered: making one costs more than the rest of a request.
func (c *Client) zonePlace(name string) (*time.Location, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.places[name]; ok {
		return known, nil
	}
	loaded, err := zone.Load(name)
	if err != nil {
		return nil, err
	}
	c.places[name] = loaded
	return loaded, nil
}

// categories returns the event's categories: those of its user as they are, ours, and the RAYNET category in place of the
// one that we put there before. category nil leaves that one.
func (c *Client) categories(have []string, previous string, category *string, cancelled bool) []string {
	out := []string{}
	for _, own := range have {
		replaced := category != nil && previous != "" && strings.EqualFold(own, previous) && !strings.EqualFold(own, c.config.Category)
		if !replaced && !strings.EqualFold(own, c.config.CancelledCategory) {
			out = append(out, own)
		}
	}
	wanted := []string{}
	if have == nil {
		wanted = append(wanted, c.config.Category)
	}
	if category != nil {
		wanted = append(wanted, strings.TrimSpace(*category))
	}
	if cancelled {
		wanted = append(wanted, c.config.CancelledCategory)
	}
	for _, text := range wanted {
		if text != "" && !containsFold(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func containsFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, text) })
}

func textIf(ok bool, value record.Value) *string {
	if !ok {
		return nil
	}
	text := string(value)
	return &text
}

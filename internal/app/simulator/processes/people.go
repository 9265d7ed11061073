package processes

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/stage"
)

// note is what is known of a thing from whoever made it.
type note struct {
	user int
	side side
	kind company.Kind
	// guests says that people from outside are invited; private that nobody else may read it.
	guests, private bool
}

// people go on with their work, whatever happens to the server.
type people struct {
	office *office
	rng    *rand.Rand

	mu      sync.Mutex
	notes   map[string]note // guarded by mu; canary -> what it is
	inks    int             // guarded by mu
	secrets []string        // guarded by mu; words that nobody else may read
	errs    []error         // guarded by mu
	tidied  [2]bool         // guarded by mu; something was thrown away in RAYNET, in Outlook
}

// most is how many things people make, so that whoever looks at all of them comes to an end.
const most = 90

func newPeople(o *office, seed uint64) *people {
	return &people{office: o, rng: rand.New(rand.NewPCG(seed, 0x9e0b1e)), notes: map[string]note{}}
}

// work lets them work until ctx ends.
func (p *people) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(p.deed()):
		}
	}
}

// deed is one thing that somebody does. It returns how long he rests from it.
func (p *people) deed() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	kinds := company.Kinds()
	kind, who := kinds[p.rng.IntN(len(kinds))], p.rng.IntN(len(p.office.users))
	dice := p.rng.IntN(100)
	if len(p.notes) >= most {
		dice = 40 + p.rng.IntN(60)
	}
	switch {
	case dice < 20:
		p.makeRecord(kind, who)
	case dice < 34:
		p.makeItem(kind, who, note{})
	case dice < 37:
		p.makeItem(company.Calendar, who, note{private: true})
	case dice < 40:
		p.makeItem(company.Calendar, who, note{guests: true})
	case dice < 64:
		p.editRecord(kind, "")
	case dice < 86:
		p.editItem(kind, who, "")
	case dice < 92:
		p.editBoth(kind, who)
	case dice < 96:
		p.delete(p.office.records(kind))
	default:
		p.delete(p.office.items(kind, who))
	}
	return time.Duration(80+p.rng.IntN(200)) * time.Millisecond
}

// tidy throws something away on each side, and reports whether that was done on both.
func (p *people) tidy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var records, items []thing
	for _, kind := range company.Kinds() {
		records = append(records, p.office.records(kind)...)
	}
	p.tidied[0] = p.tidied[0] || p.delete(records)
	for _, kind := range company.Kinds() {
		for user := range p.office.users {
			items = append(items, p.office.items(kind, user)...)
		}
	}
	p.tidied[1] = p.tidied[1] || p.delete(items)
	return p.tidied[0] && p.tidied[1]
}

// trouble keeps what an emulator refused; a thing that we removed a moment ago is no trouble.
func (p *people) trouble(doing string, err error) {
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s: %w", doing, err))
	}
}

func (p *people) ink() string {
	p.inks++
	return inkWord(p.inks)
}

// newCanary names a thing that is about to be made.
func (p *people) newCanary(n note) string {
	canary := thingWord(len(p.notes) + 1)
	p.notes[canary] = n
	return canary
}

// slot is a time within the next weeks.
func (p *people) slot() (from, till time.Time) {
	from = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1+p.rng.IntN(25)).Add(time.Duration(7+p.rng.IntN(9))*time.Hour + time.Duration(p.rng.IntN(4))*15*time.Minute)
	return from, from.Add(time.Duration(1+p.rng.IntN(4)) * 30 * time.Minute)
}

const (
	raynetLayout = "2006-01-02T15:04:05.000-07:00"
	graphLayout  = "2006-01-02T15:04:05"
)

func graphMoment(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.UTC().Format(graphLayout), "timeZone": "UTC"}
}

// title is what a thing of a kind is called.
func title(canary, ink string) string { return canary + " zkouška " + ink }

func (p *people) makeRecord(kind company.Kind, who int) {
	u := p.office.users[who]
	canary := p.newCanary(note{user: who, side: inRaynet, kind: kind})
	name := title(canary, p.ink())
	from, till := p.slot()
	entity, body := "", map[string]any{"owner": u.person}
	switch kind {
	case company.Contacts:
		entity = "person"
		maps.Copy(body, map[string]any{"firstName": "Jan", "lastName": name, "contactInfo": map[string]any{"email": p.ink() + "@klient.example"}, "notice": "<p>Poznámka " + p.ink() + "</p>"})
	case company.Tasks:
		entity = "task"
		maps.Copy(body, map[string]any{"title": name, "priority": "DEFAULT", "status": "NEW", "resolver": u.person, "deadline": from.Format(raynetLayout), "description": "<p>Text " + p.ink() + "</p>"})
	case company.Calendar:
		entity = []string{"meeting", "event"}[p.rng.IntN(2)]
		maps.Copy(body, map[string]any{"title": name, "priority": "DEFAULT", "status": "SCHEDULED", "scheduledFrom": from.Format(raynetLayout), "scheduledTill": till.Format(raynetLayout),
			"meetingPlace": "Místo " + p.ink(), "description": "<p>Text " + p.ink() + "</p>", "participants": []any{map[string]any{"person": u.person, "owner": true}}})
	}
	_, err := p.office.world.Raynet.CreateAs(u.login, entity, body)
	p.trouble("make a record", err)
}

func (p *people) makeItem(kind company.Kind, who int, n note) {
	key, place := p.office.world.Place(kind, p.office.users[who].mailbox)
	if kind != company.Calendar && place == "" {
		return // the folder is not there yet
	}
	n.user, n.side, n.kind = who, inOutlook, kind
	canary := p.newCanary(n)
	name := title(canary, p.ink())
	from, till := p.slot()
	var body map[string]any
	switch kind {
	case company.Contacts:
		body = map[string]any{key: place, "givenName": "Jan", "surname": name, "displayName": "Jan " + name, "personalNotes": "Poznámka " + p.ink(),
			"emailAddresses": []any{map[string]any{"address": p.ink() + "@klient.example", "name": "Jan"}}}
	case company.Tasks:
		body = map[string]any{key: place, "title": name, "body": map[string]any{"contentType": "text", "content": "Text " + p.ink()},
			"dueDateTime": map[string]any{"dateTime": from.Format("2006-01-02") + "T00:00:00.0000000", "timeZone": "UTC"}}
	case company.Calendar:
		body = map[string]any{"subject": name, "start": graphMoment(from), "end": graphMoment(till), "categories": []any{"RAYNET"},
			"location": map[string]any{"displayName": "Místo " + p.ink()}, "body": map[string]any{"contentType": "text", "content": "Text " + p.ink()}}
	}
	if n.guests {
		body["attendees"] = []any{map[string]any{"type": "required", "emailAddress": map[string]any{"address": "host@elsewhere.example", "name": "Host"}}}
	}
	if n.private {
		p.hide(body)
	}
	_, err := p.office.world.Shelf(kind).Create(p.office.users[who].mailbox, body)
	p.trouble("make an item", err)
}

// hide makes an event private before anybody saw it: nothing of it may be read elsewhere, its name included.
func (p *people) hide(event map[string]any) {
	word := secretWord(len(p.secrets) + 1)
	p.secrets = append(p.secrets, word)
	event["sensitivity"] = []string{"private", "personal", "confidential"}[p.rng.IntN(3)]
	event["subject"] = stage.Text(event["subject"]) + " " + word
	event["location"] = map[string]any{"displayName": "Ordinace " + word}
	event["body"] = map[string]any{"contentType": "text", "content": "Nález " + word}
}

// pick draws one, or the one of that name.
func (p *people) pick(all []thing, canary string) (thing, bool) {
	var fit []thing
	for _, t := range all {
		if canary == "" || t.canary == canary {
			fit = append(fit, t)
		}
	}
	if len(fit) == 0 {
		return thing{}, false
	}
	return fit[p.rng.IntN(len(fit))], true
}

func (p *people) editRecord(kind company.Kind, canary string) string {
	t, ok := p.pick(p.office.records(kind), canary)
	if !ok {
		return ""
	}
	patch, ink := map[string]any{}, p.ink()
	key, body := "title", "description"
	if kind == company.Contacts {
		key, body = "lastName", "notice"
	}
	switch dice := p.rng.IntN(4); {
	case dice == 0:
		patch[body] = "<p>Text " + ink + "</p>"
	case dice == 1 && kind == company.Calendar:
		patch["meetingPlace"] = "Místo " + ink
	case dice == 2 && kind == company.Calendar:
		from, till := p.slot()
		patch["scheduledFrom"], patch["scheduledTill"] = from.Format(raynetLayout), till.Format(raynetLayout)
	case dice == 2 && kind == company.Contacts:
		info := map[string]any{}
		for name, value := range stage.Object(t.raw["contactInfo"]) { // any order: all but what is empty is kept
			if value != nil {
				info[name] = value
			}
		}
		info["email"] = ink + "@klient.example"
		patch["contactInfo"] = info
	default:
		patch[key] = title(t.canary, ink)
	}
	_ = p.office.world.Raynet.EditAs(p.office.users[p.rng.IntN(len(p.office.users))].login, t.typ, stage.Number(t.raw["id"]), patch) // nobody but people deletes there
	return t.canary
}

func (p *people) editItem(kind company.Kind, who int, canary string) {
	t, ok := p.pick(p.office.items(kind, who), canary)
	if !ok {
		return
	}
	patch, ink := map[string]any{}, p.ink()
	key := map[company.Kind]string{company.Calendar: "subject", company.Contacts: "surname", company.Tasks: "title"}[kind]
	name := title(t.canary, ink)
	if p.notes[t.canary].private {
		name += " " + secretWord(1)
	}
	switch dice := p.rng.IntN(4); {
	case dice == 0 && kind == company.Calendar:
		patch["location"] = map[string]any{"displayName": "Místo " + ink}
	case dice == 1 && kind == company.Calendar:
		from, till := p.slot()
		patch["start"], patch["end"] = graphMoment(from), graphMoment(till)
	case dice == 0 && kind == company.Contacts:
		patch["emailAddresses"] = []any{map[string]any{"address": ink + "@klient.example", "name": "Jan"}}
	default:
		patch[key] = name
	}
	_ = p.office.world.Shelf(kind).Edit(p.office.users[t.user].mailbox, t.id, patch) // we may have removed it a moment ago
}

// editBoth has two people write into the same thing at once.
func (p *people) editBoth(kind company.Kind, who int) {
	if canary := p.editRecord(kind, ""); canary != "" {
		p.editItem(kind, who, canary)
	}
}

// delete deletes one of what is known to be linked: an edit of a person was carried after the copy was made. What is deleted
// before anybody knows that it was made is the one class of I4 that nobody can promise (reliability 2.3). It reports whether there was such a thing.
func (p *people) delete(all []thing) bool {
	known, gone := map[string]bool{}, map[string]bool{}
	for _, w := range p.office.history() {
		switch {
		case !w.ours && w.op == "delete":
			gone[w.canary] = true // who deletes on both sides proves nothing
		case w.ours && w.op == "update" && len(w.wrote) > 0:
			known[w.canary] = true
		}
	}
	t, ok := p.pick(slices.DeleteFunc(all, func(t thing) bool { return !known[t.canary] || gone[t.canary] }), "")
	if !ok {
		return false
	}
	if t.side == inRaynet {
		p.trouble("delete a record", p.office.world.Raynet.DeleteAs(p.office.users[0].login, t.typ, stage.Number(t.raw["id"])))
		return true
	}
	return p.office.world.Shelf(t.kind).Delete(p.office.users[t.user].mailbox, t.id) == nil // we may have removed it a moment ago
}

// known returns what they wrote down.
func (p *people) known() (notes map[string]note, secrets []string, errs []error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.notes), append([]string(nil), p.secrets...), p.errs
}

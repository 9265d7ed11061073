package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
)

// deeds are the lines that say what people do in the two services, and when the product runs.
func deeds() []statement {
	return slices.Concat(makings(), changes(), []statement{
		{"PLAN", func(w *world, _ []string, block []string) error { return w.wantPlan(block) }},
		{"SYNC", func(w *world, _ []string, _ []string) error { return w.sync(true, false) }},
		{"SYNC WITH TROUBLE", func(w *world, _ []string, _ []string) error { return w.sync(true, true) }},
		{"POLL", func(w *world, _ []string, _ []string) error { return w.sync(false, false) }},
		{"POLL WITH TROUBLE", func(w *world, _ []string, _ []string) error { return w.sync(false, true) }},
		{"SETTLE", func(w *world, _ []string, _ []string) error { return w.settle() }},
		{"LOOK AT EVERYTHING", func(w *world, _ []string, _ []string) error { return w.lookAtEverything(false) }},
		{"LOOK AT EVERYTHING WITH TROUBLE", func(w *world, _ []string, _ []string) error { return w.lookAtEverything(true) }},
	})
}

// makings are the lines in which something new is made.
func makings() []statement {
	raynet := func(entity string) func(*world, []string, []string) error {
		return func(w *world, a []string, _ []string) error { return w.makeInRaynet(a[0], entity, a[1]) }
	}
	outlook := func(typ string) func(*world, []string, []string) error {
		return func(w *world, a []string, _ []string) error { return w.makeInOutlook(a[0], typ, a[1]) }
	}
	manyInRaynet := func(entity, said string) func(*world, []string, []string) error {
		return func(w *world, a []string, _ []string) error {
			return many(a[1], a[2], said, func(what string) error { return w.makeInRaynet(a[0], entity, what) })
		}
	}
	manyInOutlook := func(typ, said string) func(*world, []string, []string) error {
		return func(w *world, a []string, _ []string) error {
			return many(a[1], a[2], said, func(what string) error { return w.makeInOutlook(a[0], typ, what) })
		}
	}
	return []statement{
		{"{who} makes a meeting in RAYNET: {what}", raynet("meeting")},
		{"{who} makes an event in RAYNET: {what}", raynet("event")},
		{"{who} makes a phone call in RAYNET: {what}", raynet("phoneCall")},
		{"{who} makes an e-mail in RAYNET: {what}", raynet("email")},
		{"{who} makes a task in RAYNET: {what}", raynet("task")},
		{"{who} makes a person in RAYNET: {what}", raynet("person")},
		{"{who} makes {n} meetings in RAYNET called {title}", manyInRaynet("meeting", "on SLOT")},
		{"{who} makes {n} tasks in RAYNET called {title}", manyInRaynet("task", "due DAY")},
		{"{who} makes {n} persons in RAYNET called {title}", manyInRaynet("person", `e-mail "NUMBER@klient.example.cz"`)},
		{"{who} makes {n} events in Outlook called {title}", manyInOutlook("event", `on SLOT, category "RAYNET"`)},
		{"{who} makes {n} tasks in Outlook called {title}", manyInOutlook("task", "due DAY")},
		{"{who} makes {n} contacts in Outlook called {title}", manyInOutlook("contact", `e-mail "NUMBER@klient.example.cz"`)},
		{"{who} makes an event in Outlook: {what}", outlook("event")},
		{"{who} makes a task in Outlook: {what}", outlook("task")},
		{"{who} makes a contact in Outlook: {what}", outlook("contact")},
	}
}

// changes are the lines in which people change, remove or move what there is.
func changes() []statement {
	return []statement{
		{"{who} changes {title} in RAYNET: {what}", func(w *world, a []string, _ []string) error { return w.changeInRaynet(a[0], a[1], a[2]) }},
		{"{who} changes {title} in Outlook: {what}", func(w *world, a []string, _ []string) error { return w.changeInOutlook(a[0], a[1], "", a[2]) }},
		{"{who} changes {title} of {date} in Outlook: {what}", func(w *world, a []string, _ []string) error { return w.changeInOutlook(a[0], a[1], a[2], a[3]) }},
		{"{who} deletes {title} in RAYNET", func(w *world, a []string, _ []string) error { return w.deleteInRaynet(a[0], a[1]) }},
		{"{who} archives {title} in RAYNET", func(w *world, a []string, _ []string) error { return w.actOn(a[0], a[1], "invalid") }},
		{"{who} makes {title} valid again in RAYNET", func(w *world, a []string, _ []string) error { return w.actOn(a[0], a[1], "valid") }},
		{"{who} anonymises {title} in RAYNET", func(w *world, a []string, _ []string) error { return w.actOn(a[0], a[1], "anonymize") }},
		{"{who} gives {title} the picture {title} in RAYNET", func(w *world, a []string, _ []string) error {
			return w.withRecord(a[0], a[1], func(p *person, r map[string]any) error {
				return w.raynet.SetPhotoAs(p.login, stage.Number(r["id"]), "image/png", []byte(a[2]))
			})
		}},
		{"{who} merges {title} into {title} in RAYNET", func(w *world, a []string, _ []string) error {
			lost, err := w.inRaynet(a[1])
			if err != nil {
				return err
			}
			return w.actOn(a[0], a[2], fmt.Sprintf("merge/%d", stage.Number(lost["id"])))
		}},
		{"{who} deletes {title} in Outlook", func(w *world, a []string, _ []string) error { return w.deleteInOutlook(a[0], a[1]) }},
		{"{who} deletes {title} of {date} in Outlook", func(w *world, a []string, _ []string) error { return w.deleteDate(a[0], a[1], a[2]) }},
		{"{who} deletes everything in Outlook called {title}", func(w *world, a []string, _ []string) error { return w.deleteAll(a[0], a[1]) }},
		{"{who} changes everything in Outlook called {title}: {what}", func(w *world, a []string, _ []string) error { return w.changeAll(a[0], a[1], a[2]) }},
		{"{who} restores {title} in Outlook", func(w *world, a []string, _ []string) error { return w.restore(a[0], a[1]) }},
		{"{who} copies {title} in Outlook", func(w *world, a []string, _ []string) error { return w.copyInOutlook(a[0], a[1]) }},
		{"{who} moves {title} to another calendar in Outlook", func(w *world, a []string, _ []string) error { return w.moveAway(a[0], a[1]) }},
		{"{who} moves {title} to {title} in Outlook", func(w *world, a []string, _ []string) error { return w.moveContact(a[0], a[1], a[2]) }},
		{"{who} makes the {word} {title} in Outlook", func(w *world, a []string, _ []string) error { return w.makeFolder(a[0], a[1], a[2]) }},
		{"{who} renames the {word} {title} to {title} in Outlook", func(w *world, a []string, _ []string) error {
			return w.renameFolder(a[0], a[1], a[2], a[3])
		}},
		{"{who} deletes the {word} {title} in Outlook", func(w *world, a []string, _ []string) error { return w.deleteFolder(a[0], a[1], a[2]) }},
		{"{who} accepts {title} in Outlook", func(w *world, a []string, _ []string) error { return w.answer(a[0], a[1], "accepted") }},
		{"{who} declines {title} in Outlook", func(w *world, a []string, _ []string) error { return w.answer(a[0], a[1], "declined") }},
	}
}

func (w *world) zoneOf(p *person) *time.Location {
	zone, err := location(p.zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// raynetBody turns what a person says into RAYNET's own JSON. before is the activity as it is, nil for a new one.
func (w *world) raynetBody(p *person, said string, before map[string]any) (map[string]any, error) {
	list, err := attributes(said)
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	participants := w.participants(p, before)
	for _, a := range list {
		switch a.name {
		case "title":
			body["title"] = a.value
		case "on":
			from, till, err := span(a.value, w.zoneOf(p))
			if err != nil {
				return nil, err
			}
			body["scheduledFrom"], body["scheduledTill"] = from.Format(isoLayout), till.Format(isoLayout)
		case "all day":
			first, after, err := days(a.value)
			if err != nil {
				return nil, err
			}
			midnight := func(t time.Time, hour, minute int) string {
				return time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, w.zoneOf(p)).Format(isoLayout)
			}
			body["scheduledFrom"], body["scheduledTill"] = midnight(first, 0, 0), midnight(after.AddDate(0, 0, -1), 23, 59)
		case "with":
			participants = append(participants, map[string]any{"person": w.known[a.value]})
			body["participants"] = participants
		case "without":
			participants = drop(participants, w.known[a.value])
			body["participants"] = participants
		case "owner":
			body["owner"] = w.known[a.value]
		case "unscheduled":
			delete(body, "scheduledFrom")
			delete(body, "scheduledTill")
		default:
			if err := w.raynetField(body, a); err != nil {
				return nil, err
			}
		}
	}
	return body, nil
}

// raynetField sets the plain fields.
func (w *world) raynetField(body map[string]any, a attribute) error {
	switch a.name {
	case "place":
		body["meetingPlace"] = a.value
	case "no place":
		body["meetingPlace"] = ""
	case "text":
		body["description"] = "<p>" + a.value + "</p>"
	case "no text":
		body["description"] = ""
	case "an endless text":
		body["description"] = "<p>" + strings.Repeat("dlouhý text ", 10<<20/13) + "</p>"
	case "control characters":
		body["description"] = "<p>a\x01b\x0bc</p>"
	case "importance":
		body["priority"] = map[string]string{"low": "MINOR", "normal": "DEFAULT", "high": "CRITICAL"}[a.value]
	case "category":
		id, ok := w.calls[a.value]
		if !ok {
			return fmt.Errorf("RAYNET has no category %q", a.value)
		}
		body["category"] = id
	case "cancelled":
		body["status"] = "CANCELLED"
	case "planned":
		body["status"] = "SCHEDULED"
	default:
		return fmt.Errorf("RAYNET has no %q", a.name)
	}
	return nil
}

// participants lists who takes part now.
func (w *world) participants(p *person, before map[string]any) []any {
	if before == nil {
		return []any{map[string]any{"person": p.id, "owner": true}}
	}
	var out []any
	list, _ := before["participants"].([]map[string]any)
	for _, one := range list {
		out = append(out, one)
	}
	return out
}

func drop(participants []any, id int64) []any {
	var out []any
	for _, p := range participants {
		if stage.Number(stage.Object(p)["person"]) != id {
			out = append(out, p)
		}
	}
	return out
}

func (w *world) makeInRaynet(who, entity, said string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	switch entity {
	case "person":
		return w.makePerson(p, said)
	case "task":
		return w.makeTask(p, said)
	}
	body, err := w.raynetBody(p, said, nil)
	if err != nil {
		return err
	}
	for key, value := range map[string]any{"priority": "DEFAULT", "status": "SCHEDULED", "owner": p.id} {
		if body[key] == nil {
			body[key] = value
		}
	}
	if body["participants"] == nil {
		body["participants"] = w.participants(p, nil)
	}
	_, err = w.raynet.CreateAs(p.login, entity, body)
	return err
}

// withRecord does something to the one thing with a title in RAYNET.
func (w *world) withRecord(who, title string, do func(*person, map[string]any) error) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	a, err := w.inRaynet(title)
	if err != nil {
		return err
	}
	return do(p, a)
}

func (w *world) changeInRaynet(who, title, said string) error {
	return w.withRecord(who, title, func(p *person, a map[string]any) error {
		var body map[string]any
		var err error
		switch entityOf(a) {
		case "person":
			return w.changePerson(p, a, said)
		case "company":
			return w.changeCompany(p, a, said)
		case "task":
			body, err = w.raynetTask(p, said, a)
		default:
			body, err = w.raynetBody(p, said, a)
		}
		if err != nil {
			return err
		}
		return w.raynet.EditAs(p.login, entityOf(a), stage.Number(a["id"]), body)
	})
}

func (w *world) deleteInRaynet(who, title string) error {
	return w.withRecord(who, title, func(p *person, a map[string]any) error {
		return w.raynet.DeleteAs(p.login, entityOf(a), stage.Number(a["id"]))
	})
}

// actOn does what RAYNET has a button for.
func (w *world) actOn(who, title, what string) error {
	return w.withRecord(who, title, func(p *person, a map[string]any) error {
		return w.raynet.ActAs(p.login, http.MethodPost, fmt.Sprintf("%s/%d/%s", entityOf(a), stage.Number(a["id"]), what), nil)
	})
}

// many says "T 1", "T 2" …, one each half hour of the coming working days. In said, SLOT is that half hour, DAY is its day and NUMBER
// is one that no other has.
func many(amount, title, said string, do func(what string) error) error {
	count, err := strconv.Atoi(amount)
	if err != nil {
		return err
	}
	day := begin.AddDate(0, 0, 2)
	for n := 1; n <= count; n++ {
		at := day.AddDate(0, 0, n/16).Format(time.DateOnly)
		minutes := (n % 16) * 30
		slot := fmt.Sprintf("%s %02d:%02d-%02d:%02d", at, 8+minutes/60, minutes%60, 8+(minutes+30)/60, (minutes+30)%60)
		what := strings.NewReplacer("SLOT", slot, "DAY", at, "NUMBER", fmt.Sprint("n", n)).Replace(said)
		if err := do(fmt.Sprintf("%q, %s", fmt.Sprintf("%s %d", title, n), what)); err != nil {
			return err
		}
	}
	return nil
}

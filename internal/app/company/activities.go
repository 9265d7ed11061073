package company

import (
	"fmt"
	"time"
)

// The RAYNET side of the diary.

// Activity is a RAYNET activity.
type Activity struct {
	Entity     string // meeting, event or phoneCall
	Owner      int    // user
	Colleagues []int  // users who take part
	Contacts   []int  // people of the client who take part
	Client     int    // -1: none
	Category   string
	// Fields are everything else, RAYNET's own JSON.
	Fields map[string]any
}

// Body returns the activity as RAYNET's own JSON, with the ids filled in.
func (a Activity) Body(ids IDs) map[string]any {
	body := make(map[string]any, len(a.Fields)+4)
	for key, value := range a.Fields {
		body[key] = value
	}
	body["owner"] = ids.Users[a.Owner]
	if a.Client >= 0 {
		body["company"] = ids.Clients[a.Client]
	}
	if id, ok := ids.Categories[a.Category]; ok {
		body["category"] = id
	}
	var participants []any
	for _, user := range a.Colleagues {
		participants = append(participants, map[string]any{"person": ids.Users[user]})
	}
	for _, contact := range a.Contacts {
		participants = append(participants, map[string]any{"person": ids.Contacts[contact]})
	}
	if participants != nil {
		body["participants"] = participants
	}
	return body
}

func (d *diary) pick(options ...string) string { return options[d.rng.IntN(len(options))] }

func (d *diary) client() int { return d.rng.IntN(len(d.Clients)) }

// add enters an activity of the diary's user.
func (d *diary) add(entity, title string, start, end time.Time, more Activity) {
	fields := map[string]any{
		"title": d.unique(title, start), "priority": "DEFAULT", "status": "SCHEDULED",
		"scheduledFrom": d.raynetMoment(start), "scheduledTill": d.raynetMoment(end),
	}
	if end.Before(d.now) {
		fields["status"] = "COMPLETED"
	}
	for key, value := range more.Fields {
		fields[key] = value
	}
	more.Entity, more.Owner, more.Fields = entity, d.user, fields
	d.Activities = append(d.Activities, more)
}

// meeting is a visit to or from a client, sometimes with a colleague.
func (d *diary) meeting() {
	client := d.client()
	topic := d.pick("Zaměření zakázky", "Předání díla", "Nabídka oken a dveří", "Kontrolní den", "Reklamace", "Smlouva o dílo",
		"Výběr materiálu", "Prohlídka stavby", "Úvodní jednání", "Cenová nabídka")
	place := "Kancelář Brno, zasedačka 2"
	if d.rng.IntN(3) > 0 {
		place = "U klienta, " + d.Clients[client].City
	}
	activity := Activity{Client: client, Category: "Obchodní jednání", Fields: map[string]any{
		"meetingPlace": place,
		"description":  "<p>" + d.pick("Vzít s sebou vzorník a nabídku.", "Projít připomínky z minulého kontrolního dne.", "Ověřit rozměry a termín dodání.", "Domluvit zálohu a harmonogram.") + "</p>",
	}}
	if people := d.contactsOf(client); len(people) > 0 {
		activity.Contacts = people[:1+d.rng.IntN(len(people))]
	}
	if len(d.Users) > 1 && d.rng.IntN(4) == 0 {
		activity.Colleagues = []int{(d.user + 1 + d.rng.IntN(len(d.Users)-1)) % len(d.Users)}
	}
	if d.rng.IntN(8) == 0 {
		activity.Fields["priority"] = "CRITICAL"
	}
	start := d.slot()
	d.add("meeting", topic+" – "+d.Clients[client].Name, start, start.Add(d.length()), activity)
}

// call is a telephone call with a time.
func (d *diary) call() {
	client := d.client()
	activity := Activity{Client: client, Fields: map[string]any{
		"description": "<p>" + d.pick("Ověřit termín montáže.", "Zeptat se na rozpočet.", "Připomenout podpis smlouvy.") + "</p>"}}
	who := d.Clients[client].Name
	if people := d.contactsOf(client); len(people) > 0 {
		activity.Contacts = people[:1]
		who = d.Contacts[people[0]].Name()
	}
	start := d.slot()
	d.add("phoneCall", "Zavolat: "+who, start, start.Add(30*time.Minute), activity)
}

// occasion is an event of the company's own.
func (d *diary) occasion() {
	title := d.pick("Porada obchodu", "Školení BOZP", "Inventura skladu", "Příprava nabídek", "Interní kontrola zakázek", "Plánování montáží")
	start := d.slot()
	d.add("event", title, start, start.Add(d.length()), Activity{Client: -1, Category: "Interní",
		Fields: map[string]any{"meetingPlace": "Kancelář Brno, zasedačka 1"}})
}

// training takes whole days, as RAYNET can say it: from midnight to a minute before midnight.
func (d *diary) training() {
	first := d.workday(20 + d.user)
	d.add("event", "Veletrh Stavební veletrhy Brno", first, at(first.AddDate(0, 0, 1), 23, 59), Activity{Client: -1, Category: "Obchodní jednání",
		Fields: map[string]any{"description": "<p>Stánek 12, pavilon P.</p>"}})
}

func (d *diary) completed() {
	start := at(d.workday(-7), 10, 0)
	d.add("meeting", "Předání díla – "+d.Clients[0].Name, start, start.Add(time.Hour), Activity{Client: 0, Category: "Obchodní jednání",
		Fields: map[string]any{"status": "COMPLETED", "solution": "<p>Předáno bez závad.</p>"}})
}

func (d *diary) cancelled() {
	start := at(d.workday(6), 15, 30)
	d.add("meeting", "Zaměření zakázky – "+d.Clients[1].Name, start, start.Add(time.Hour), Activity{Client: 1,
		Fields: map[string]any{"status": "CANCELLED", "description": "<p>Klient zrušil.</p>"}})
}

// distant lies beyond the window of a year.
func (d *diary) distant() {
	start := at(d.workday(430), 9, 0)
	d.add("meeting", "Záruční prohlídka – "+d.Clients[2].Name, start, start.Add(time.Hour), Activity{Client: 2, Category: "Servis"})
}

// unscheduled has no time yet.
func (d *diary) unscheduled() {
	d.Activities = append(d.Activities, Activity{Entity: "meeting", Owner: d.user, Client: 3, Fields: map[string]any{
		"title": "Domluvit schůzku – " + d.Clients[3].Name, "priority": "DEFAULT", "status": "NEW"}})
}

// onBothSides was entered by hand in both services before anybody synchronised them.
func (d *diary) onBothSides() {
	start := at(d.workday(8), 13, 0)
	title := d.unique(fmt.Sprintf("Oběd s partnery (%s)", d.Users[d.user].LastName), start)
	d.Activities = append(d.Activities, Activity{Entity: "meeting", Owner: d.user, Client: -1, Fields: map[string]any{
		"title": title, "priority": "DEFAULT", "status": "SCHEDULED",
		"scheduledFrom": d.raynetMoment(start), "scheduledTill": d.raynetMoment(start.Add(time.Hour))}})
	d.event(title, start, start.Add(time.Hour), nil)
}

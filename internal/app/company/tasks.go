package company

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"time"
)

// What the users have to do: RAYNET's tasks and those of To Do.

// Task is a RAYNET task.
type Task struct {
	Owner    int // the user who gave it
	Resolver int // the user who has to do it
	Client   int // -1: none
	Contact  int // a person of the client; -1: none
	// Finished is when it was done; zero while it is open.
	Finished time.Time
	// Fields are everything else, RAYNET's own JSON.
	Fields map[string]any
}

// Body returns the task as RAYNET's own JSON, with the ids filled in.
func (t Task) Body(ids IDs) map[string]any {
	body := maps.Clone(t.Fields)
	body["owner"], body["resolver"] = ids.Users[t.Owner], ids.Users[t.Resolver]
	if t.Client >= 0 {
		body["company"] = ids.Clients[t.Client]
	}
	if t.Contact >= 0 {
		body["person"] = ids.Contacts[t.Contact]
	}
	body["personal"] = t.Client < 0 && t.Contact < 0
	return body
}

// Completion returns what a user writes to a task that is done, as RAYNET's own JSON: when that was.
func (c *Company) Completion(t Task) map[string]any {
	return map[string]any{"completed": c.raynetMoment(t.Finished)}
}

// Todo is a task of To Do.
type Todo struct {
	User int // whose it is
	// Private ones are in the default list, the others in the one named Container.
	Private bool
	// Body is Graph's own JSON.
	Body map[string]any
}

// agenda fills one user's tasks on both sides.
type agenda struct {
	*diary
}

// fillTasks enters everybody's tasks.
func (c *Company) fillTasks(options Options, rng *rand.Rand) {
	for user := range c.Users {
		a := &agenda{newDiary(c, user, rng)}
		if options.Plain {
			a.plain(options.Items)
			continue
		}
		a.fill(options.Items / 2)
	}
}

func (a *agenda) fill(count int) {
	for _, special := range a.specials() {
		special()
		a.own++
	}
	for ; a.own < count; a.own++ {
		switch n := a.rng.IntN(100); {
		case n < 55:
			a.job()
		case n < 70:
			a.clientJob()
		case n < 88 && hasContainer(a.user):
			a.wish()
		default:
			a.private()
		}
	}
}

// specials are what a visitor will look for.
func (a *agenda) specials() []func() {
	out := []func(){a.job, a.clientJob, a.urgent, a.delegated, a.slotted, a.done, a.doneLongAgo, a.givenUp, a.private}
	if hasContainer(a.user) {
		out = append(out, a.onBothSides, a.wish, a.timeless, a.ticked, a.recurring)
	}
	return out
}

// deadline is the end of a working day so many days from today.
func (a *agenda) deadline(days int) time.Time { return at(a.workday(days), 23, 59) }

// give enters a RAYNET task for the diary's user.
func (a *agenda) give(title string, deadline time.Time, more Task) {
	fields := map[string]any{"title": a.unique(title, deadline), "priority": "DEFAULT", "status": "NEW", "deadline": a.raynetMoment(deadline)}
	maps.Copy(fields, more.Fields)
	more.Resolver, more.Fields = a.user, fields
	a.Tasks = append(a.Tasks, more)
}

// mine is a task that the user gave to himself and that is for nobody in particular.
func (a *agenda) mine(fields map[string]any) Task {
	return Task{Owner: a.user, Client: -1, Contact: -1, Fields: fields}
}

func (a *agenda) job() {
	title := a.pick("Připravit podklady na poradu", "Doplnit ceník oken", "Objednat vzorníky", "Zkontrolovat rozpočet zakázky", "Vyřídit reklamaci dodavatele", "Aktualizovat harmonogram", "Zavolat do skladu")
	fields := map[string]any{}
	if a.rng.IntN(3) == 0 {
		fields["description"] = "<p>" + a.pick("Podklady jsou na sdíleném disku.", "Domluveno na poradě.", "Stačí stručně.") + "</p>"
	}
	if a.rng.IntN(4) == 0 {
		fields["tags"] = []any{a.pick("sklad", "porada", "nabídka")}
	}
	a.give(title, a.deadline(1+a.rng.IntN(60)), a.mine(fields))
}

// clientJob is for somebody: the client and, if there is one, a person there.
func (a *agenda) clientJob() {
	client := a.client()
	task := Task{Owner: a.user, Client: client, Contact: -1}
	if people := a.contactsOf(client); len(people) > 0 && a.rng.IntN(2) == 0 {
		task.Contact = people[0]
	}
	title := a.pick("Poslat nabídku", "Ověřit rozměry", "Připravit smlouvu", "Zaslat zápis z jednání", "Vyžádat zálohu")
	a.give(title+" – "+a.Clients[client].Name, a.deadline(1+a.rng.IntN(60)), task)
}

// urgent has an hour by which it must be done: Outlook reminds of it.
func (a *agenda) urgent() {
	a.give("Odeslat výkaz prací", at(a.workday(2), 15, 0), a.mine(map[string]any{"priority": "CRITICAL"}))
}

// delegated was given by a colleague.
func (a *agenda) delegated() {
	task := a.mine(map[string]any{"description": "<p>Prosím do porady.</p>"})
	task.Owner = (a.user + 1) % len(a.Users)
	a.give("Zkontrolovat smlouvu s pojišťovnou", a.deadline(5), task)
}

// slotted has a place in the calendar besides its deadline.
func (a *agenda) slotted() {
	start := at(a.workday(4), 13, 0)
	a.give("Projít nabídky subdodavatelů", a.deadline(4), a.mine(map[string]any{"status": "SCHEDULED",
		"scheduledFrom": a.raynetMoment(start), "scheduledTill": a.raynetMoment(start.Add(time.Hour))}))
}

func (a *agenda) done() { a.finished("Vystavit zálohovou fakturu", "COMPLETED", -3) }

func (a *agenda) doneLongAgo() { a.finished("Objednat vizitky", "COMPLETED", -45) }

func (a *agenda) givenUp() { a.finished("Poptat pronájem lešení", "CANCELLED", -2) }

func (a *agenda) finished(title, status string, days int) {
	task := a.mine(map[string]any{"status": status})
	task.Finished = at(a.workday(days-2), 11, 0)
	a.give(title, at(a.workday(days-2), 23, 59), task)
}

// todo enters a task in the user's To Do. A zero date is none.
func (a *agenda) todo(title string, due time.Time, private bool, more map[string]any) {
	body := map[string]any{"title": a.unique(title, due)}
	if !due.IsZero() {
		body["dueDateTime"] = a.graphMoment(due)
	}
	maps.Copy(body, more)
	a.Todos = append(a.Todos, Todo{User: a.user, Private: private, Body: body})
}

// wish was written down in To Do, in the list that RAYNET sees.
func (a *agenda) wish() {
	title := a.pick("Koupit baterie do dálkoměru", "Zjistit cenu lešení", "Vrátit vzorky", "Domluvit servis auta", "Sepsat připomínky k projektu")
	more := map[string]any{}
	if a.rng.IntN(2) == 0 {
		more["body"] = text(a.pick("Stačí do pátku.", "Zeptat se v kanceláři."))
	}
	if a.rng.IntN(4) == 0 {
		more["importance"] = "high"
	}
	a.todo(title, a.workday(1+a.rng.IntN(40)), false, more)
}

// timeless has no date; RAYNET demands one.
func (a *agenda) timeless() {
	a.todo("Promyslet novou nabídku služeb", time.Time{}, false, map[string]any{"categories": []any{"nápady"}})
}

// ticked was done before anybody synchronised it.
func (a *agenda) ticked() {
	a.todo("Vyzvednout klíče od skladu", a.workday(-4), false, map[string]any{"status": "completed"})
}

// recurring comes again every week.
func (a *agenda) recurring() {
	first := a.workday(3)
	weekday := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}[first.Weekday()]
	a.todo("Poslat týdenní přehled", first, false, map[string]any{"recurrence": map[string]any{
		"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []any{weekday}, "firstDayOfWeek": "monday"},
		"range":   map[string]any{"type": "noEnd", "startDate": first.Format(time.DateOnly), "recurrenceTimeZone": a.windows}}})
}

// private is nobody else's business: it is in the user's own list.
func (a *agenda) private() {
	a.todo(a.pick("Koupit dárek", "Objednat se k zubaři", "Zaplatit kroužek", "Vrátit knihy"), a.workday(1+a.rng.IntN(30)), true, nil)
}

// onBothSides was entered by hand in both services before anybody synchronised them.
func (a *agenda) onBothSides() {
	title := fmt.Sprintf("Předat dokumentaci stavby (%s)", a.Users[a.user].LastName)
	due := a.workday(7)
	a.give(title, at(due, 23, 59), a.mine(nil))
	a.Todos = append(a.Todos, Todo{User: a.user, Body: map[string]any{"title": title, "dueDateTime": a.graphMoment(due)}})
}

// plain enters so many tasks that each take exactly one request.
func (a *agenda) plain(count int) {
	for i := range count {
		a.give(fmt.Sprintf("Úkol č. %d", i+1), a.deadline(1+i%200), a.mine(map[string]any{"description": "<p>Kontrola stavu zakázky.</p>"}))
	}
}

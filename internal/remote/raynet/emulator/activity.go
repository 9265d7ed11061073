package emulator

import (
	"maps"
	"slices"
)

// owner is the participant with owner:true.
func (r *row) owner() *participant {
	for i := range r.participants {
		if r.participants[i].owner {
			return &r.participants[i]
		}
	}
	return nil
}

// resolver is the other person of a task.
func (r *row) resolver() *participant {
	for i := range r.participants {
		if !r.participants[i].owner && r.participants[i].person != 0 {
			return &r.participants[i]
		}
	}
	return nil
}

// activity applies what has rules of its own.
func (w *writing) activity() error {
	if w.row.text("priority") == "" {
		w.row.set("priority", "DEFAULT")
	}
	if w.row.ref("securityLevel") == 0 {
		w.row.set("securityLevel", w.rows.pool(kindSecurityLevel).rows[0].id)
	}
	if value, given := w.body["personal"]; given && w.honours() {
		personal, ok := truth(value)
		if !ok {
			return badInput()
		}
		w.row.set("personal", personal)
	}
	for _, step := range []func() error{w.ownership, w.people, w.progress, w.schedule, w.client} {
		if err := step(); err != nil {
			return err
		}
	}
	w.quiet = w.switches.QuietParticipants && w.source == fromAPI && len(w.body) == 1 && w.body["participants"] != nil
	return nil
}

// honours tells whether status and personal count in this write.
func (w *writing) honours() bool {
	return !w.create || w.source == fromUser || w.switches.StatusOnCreate != Ignore
}

// ownership: required on create, forbidden on update by the API.
func (w *writing) ownership() error {
	value, given := w.body["owner"]
	switch {
	case given && !w.create && w.source == fromAPI:
		if w.switches.OwnerOnUpdate == Ignore {
			return nil
		}
		return forbidden()
	case !given && w.create && w.source == fromAPI:
		return badInput()
	case !given && w.create:
		value = w.personOf(w.author)
	case !given:
		return nil
	}
	id, ok := whole(value)
	if !ok || w.accountOf(id) == nil {
		return badInput()
	}
	if owner := w.row.owner(); owner != nil {
		owner.person = id
		return nil
	}
	w.row.participants = append(w.row.participants, participant{id: w.rows.nextPart(), owner: true, role: "FROM", person: id})
	return nil
}

// people adds those a create names by other keys, then applies participants.
func (w *writing) people() error {
	if w.create {
		other := "person"
		if w.row.kind == kindTask {
			other = "resolver"
		}
		if err := w.other(other); err != nil {
			return err
		}
	}
	if err := w.reassign(); err != nil {
		return err
	}
	value, given := w.body["participants"]
	if !given || value == nil || w.create && w.source == fromAPI && w.switches.ExtrasOnCreate != Accept {
		return nil
	}
	items, ok := objects(value)
	if !ok {
		return badInput()
	}
	return w.participants(items)
}

// other is the resolver of a task (the owner, when nobody is named), or the first guest of the rest.
func (w *writing) other(key string) error {
	value, given := w.body[key]
	if !given || value == nil {
		if w.row.kind != kindTask {
			return nil
		}
		value = w.row.owner().person
	}
	id, ok := whole(value)
	if !ok || w.rows.get(kindPerson, id) == nil {
		return badInput()
	}
	w.row.participants = append(w.row.participants, participant{id: w.rows.nextPart(), person: id})
	return nil
}

// reassign is people giving a task to somebody else; the API does it through the participants.
func (w *writing) reassign() error {
	value, given := w.body["resolver"]
	if !given || value == nil || w.create || w.source == fromAPI || w.row.kind != kindTask {
		return nil
	}
	found := w.row.resolver()
	if found == nil {
		return w.other("resolver")
	}
	id, ok := whole(value)
	if !ok || w.rows.get(kindPerson, id) == nil {
		return badInput()
	}
	found.person = id
	return nil
}

// objects reads a list of JSON objects, also one that a Go caller built.
func objects(value any) ([]map[string]any, bool) {
	switch value := value.(type) {
	case []map[string]any:
		return value, true
	case []any:
		out := make([]map[string]any, 0, len(value))
		for _, item := range value {
			object, ok := item.(map[string]any)
			if !ok {
				return nil, false
			}
			out = append(out, object)
		}
		return out, true
	}
	return nil, false
}

// participants: without id adds, a negative id removes, a positive one changes. What happens to the ones not
// mentioned is a switch for the API; people in RAYNET's screens save the whole list.
func (w *writing) participants(items []map[string]any) error {
	mentioned := map[int64]bool{}
	for _, item := range items {
		id, given := int64(0), false
		if value, ok := item["id"]; ok && value != nil {
			if id, given = whole(value); !given || id == 0 {
				return badInput()
			}
		}
		switch {
		case !given:
			added, err := w.participant(participant{id: w.rows.nextPart()}, item)
			if err != nil {
				return err
			}
			if added.owner && w.row.owner() != nil {
				w.row.owner().person = added.person
				continue
			}
			mentioned[added.id] = true
			w.row.participants = append(w.row.participants, added)
		default:
			if err := w.changeParticipant(id, item); err != nil {
				return err
			}
			mentioned[id] = true
		}
	}
	if w.source == fromUser || w.switches.Participants == Replace {
		resolver := int64(0)
		if found := w.row.resolver(); found != nil && w.row.kind == kindTask {
			resolver = found.id
		}
		w.row.participants = slices.DeleteFunc(w.row.participants, func(p participant) bool {
			return !p.owner && p.id != resolver && !mentioned[p.id]
		})
	}
	return nil
}

func (w *writing) changeParticipant(id int64, item map[string]any) error {
	at := slices.IndexFunc(w.row.participants, func(p participant) bool { return p.id == max(id, -id) })
	if at < 0 {
		return business("IllegalArgumentException", "")
	}
	if id < 0 {
		if w.row.participants[at].owner {
			return business("IllegalArgumentException", "Aktivita musí mít vlastníka")
		}
		w.row.participants = slices.Delete(w.row.participants, at, at+1)
		return nil
	}
	changed, err := w.participant(w.row.participants[at], item)
	if err != nil {
		return err
	}
	w.row.participants[at] = changed
	return nil
}

func (w *writing) participant(p participant, item map[string]any) (participant, error) {
	for key, place := range map[string]*int64{"person": &p.person, "company": &p.company, "lead": &p.lead} {
		value, given := item[key]
		if !given {
			continue
		}
		if *place = 0; value == nil {
			continue
		}
		id, ok := whole(value)
		if !ok || key != "lead" && w.rows.get(kind(key), id) == nil {
			return p, badInput()
		}
		*place = id
	}
	if value, given := item["owner"]; given {
		owner, ok := truth(value)
		if !ok {
			return p, badInput()
		}
		p.owner = owner
	}
	if role, ok := item["role"].(string); ok {
		p.role = role
	}
	if email, ok := item["email"].(string); ok {
		p.email = email
	}
	if p.person == 0 && p.company == 0 && p.lead == 0 && p.email == "" {
		return p, badInput()
	}
	return p, nil
}

// progress keeps status and completed in step.
func (w *writing) progress() error {
	before := w.row.text("status")
	wanted, given := w.body["status"].(string)
	given = given && w.honours()
	if given && !slices.Contains(statuses(), wanted) {
		return business("IllegalArgumentException", "")
	}
	switch {
	case given:
		w.row.set("status", wanted)
	case before == "" && !w.row.moment("scheduledFrom").IsZero():
		w.row.set("status", statusScheduled)
	case before == "":
		w.row.set("status", statusNew)
	case before == statusNew && w.switches.ScheduleMovesStatus && w.body["scheduledFrom"] != nil:
		w.row.set("status", statusScheduled)
	}
	finished := w.row.text("status") == statusCompleted || w.row.text("status") == statusCancelled
	switch {
	case !finished:
		w.row.set("completed", nil)
	case w.row.text("status") == before:
		return w.completed(given)
	case w.create && w.row.text("status") == statusCompleted:
		w.row.set("completed", w.now)
	default:
		w.row.set("completed", w.now)
		if till := w.row.moment("scheduledTill"); !till.IsZero() {
			w.row.set("completed", till)
		}
	}
	return nil
}

// completed counts only in a write without status.
func (w *writing) completed(withStatus bool) error {
	value, given := w.body["completed"]
	if !given || withStatus {
		return nil
	}
	return w.field(field{key: "completed", typ: typeMoment}, value)
}

// schedule: the end is after the beginning.
func (w *writing) schedule() error {
	from, till := w.row.moment("scheduledFrom"), w.row.moment("scheduledTill")
	if !from.IsZero() && !till.IsZero() && till.Before(from) {
		return badInput()
	}
	return nil
}

// client: a task is for somebody or personal. RAYNET's screens keep the two in step by themselves; the API is held to it
// when it creates a task or writes one of the two, except where a create does not take personal at all.
func (w *writing) client() error {
	if w.row.kind != kindTask {
		return nil
	}
	touched := w.create
	for _, key := range []string{"person", "company", "lead", "personal"} {
		_, given := w.body[key]
		touched = touched || given
	}
	personal, _ := w.row.attrs["personal"].(bool)
	somebody := w.row.ref("person") != 0 || w.row.ref("company") != 0 || w.row.ref("lead") != 0
	switch {
	case !touched:
		return nil
	case w.source == fromUser:
		if _, given := w.body["personal"]; !given || !somebody {
			w.row.set("personal", !somebody)
		}
		return nil
	case personal || somebody || w.switches.LooseTasks || !w.honours():
		return nil
	}
	return business("TranslatedApplicationException: exception.taskWithoutClient",
		"Úkol musí mít klienta, nebo být soukromý")
}

// personOf is the person who logs in with that name; 0 when nobody does.
func (s *Server) personOf(login string) int64 {
	for _, account := range s.rows.pool(kindUserAccount).rows {
		if account.text("username") == login {
			return account.ref("person")
		}
	}
	return 0
}

// accountOf is the person's user account; nil when the person does not log in.
func (s *Server) accountOf(person int64) *row {
	for _, account := range s.rows.pool(kindUserAccount).rows {
		if account.ref("person") == person {
			return account
		}
	}
	return nil
}

// companyPlace is the short address of a company that meetings and events show in lists.
func (s *Server) companyPlace(company int64) any {
	r := s.rows.get(kindCompany, company)
	if r == nil {
		return nil
	}
	for _, a := range r.addresses {
		if a.primary {
			shown := maps.Clone(showObject(a.place, placeKeys()))
			delete(shown, "countryCode")
			return shown
		}
	}
	return nil
}

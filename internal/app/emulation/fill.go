package emulation

import (
	"fmt"
	"maps"
	"sync"
	"time"

	"raynetsync/internal/app/company"
)

// past is a clock that is in the past, one step further with every thing that is filled in, until it ends: a world whose
// records were all changed a moment ago would make every client read all of them again and again.
type past struct {
	present func() time.Time

	mu    sync.Mutex
	at    time.Time     // guarded by mu
	step  time.Duration // guarded by mu
	ended bool          // guarded by mu
}

const (
	pastBegins = 90 * 24 * time.Hour
	pastEnds   = 2 * time.Hour // long enough ago for every overlap in which a client reads again
)

func newPast(present func() time.Time, things int) *past {
	begin := present().Add(-pastBegins).Truncate(time.Minute)
	return &past{present: present, at: begin, step: (pastBegins - pastEnds) / time.Duration(things+1)}
}

func (p *past) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return p.present()
	}
	return p.at
}

func (p *past) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = p.at.Add(p.step)
}

func (p *past) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

// fill enters the company into both services as its people would have.
func (w *World) fill(clock *past) error {
	w.IDs.Categories = map[string]int64{}
	for _, category := range w.Raynet.All("activityCategory") {
		name, _ := category["code01"].(string)
		w.IDs.Categories[name], _ = category["id"].(int64)
	}
	for _, user := range w.Company.Users {
		person, _ := w.Raynet.AddUser(user.RaynetPerson(), user.Email, user.Role, w.Company.Zone())
		w.IDs.Users = append(w.IDs.Users, person)
		w.Outlook.AddMailbox(w.Company.GraphUser(user))
	}
	author := w.Raynet.Options().User
	if len(w.Company.Users) > 0 {
		author = w.Company.Users[0].Email
	}
	for _, client := range w.Company.Clients {
		clock.tick()
		id, err := w.Raynet.CreateAs(author, "company", client.RaynetCompany())
		if err != nil {
			return fmt.Errorf("emulation: client %q: %w", client.Name, err)
		}
		w.IDs.Clients = append(w.IDs.Clients, id)
	}
	for _, contact := range w.Company.Contacts {
		clock.tick()
		id, err := w.Raynet.CreateAs(w.loginOr(contact.Owner, author), "person", contact.Body(w.IDs))
		if err != nil {
			return fmt.Errorf("emulation: contact %q: %w", contact.Name(), err)
		}
		w.IDs.Contacts = append(w.IDs.Contacts, id)
	}
	for _, step := range []func(*past) error{w.fillCalendars, w.fillContacts, w.fillTasks} {
		if err := step(clock); err != nil {
			return err
		}
	}
	return nil
}

// loginOr is the login of a user, other if there is no such user.
func (w *World) loginOr(user int, other string) string {
	if user < 0 {
		return other
	}
	return w.Company.Users[user].Email
}

func (w *World) fillCalendars(clock *past) error {
	for _, activity := range w.Company.Activities {
		clock.tick()
		author := w.Company.Users[activity.Owner].Email
		if _, err := w.Raynet.CreateAs(author, activity.Entity, activity.Body(w.IDs)); err != nil {
			return fmt.Errorf("emulation: activity %q: %w", activity.Fields["title"], err)
		}
	}
	for _, event := range w.Company.Events {
		clock.tick()
		if err := w.fillEvent(event); err != nil {
			return fmt.Errorf("emulation: event %q: %w", event.Body["subject"], err)
		}
	}
	return nil
}

func (w *World) fillEvent(event company.Event) error {
	mailbox := w.Company.Users[event.User].Email
	made, err := w.Outlook.CreateAs(mailbox, event.Body)
	if err != nil {
		return err
	}
	id, _ := made["id"].(string)
	for _, date := range event.CancelDates {
		if err := w.Outlook.CancelOccurrenceAs(mailbox, id, date); err != nil {
			return fmt.Errorf("date %s: %w", date, err)
		}
	}
	return nil
}

// fillContacts enters the cards, after the folder that they lie in.
func (w *World) fillContacts(clock *past) error {
	folders := map[string]string{} // mailbox -> id
	for _, card := range w.Company.Cards {
		clock.tick()
		mailbox, body := w.Company.Users[card.User].Email, maps.Clone(card.Body)
		if !card.Private {
			if folders[mailbox] == "" {
				id, err := w.Outlook.CreateContactFolderAs(mailbox, company.Container)
				if err != nil {
					return fmt.Errorf("emulation: contact folder of %s: %w", mailbox, err)
				}
				folders[mailbox] = id
			}
			body["parentFolderId"] = folders[mailbox]
		}
		if _, err := w.Outlook.CreateContactAs(mailbox, body); err != nil {
			return fmt.Errorf("emulation: contact %q: %w", card.Body["displayName"], err)
		}
	}
	return nil
}

// fillTasks enters RAYNET's tasks, and those of To Do after the list that they are in.
func (w *World) fillTasks(clock *past) error {
	for _, task := range w.Company.Tasks {
		clock.tick()
		author := w.Company.Users[task.Owner].Email
		id, err := w.Raynet.CreateAs(author, "task", task.Body(w.IDs))
		if err == nil && !task.Finished.IsZero() {
			err = w.Raynet.EditAs(author, "task", id, w.Company.Completion(task))
		}
		if err != nil {
			return fmt.Errorf("emulation: task %q: %w", task.Fields["title"], err)
		}
	}
	lists := map[string]string{} // mailbox -> id
	for _, todo := range w.Company.Todos {
		clock.tick()
		mailbox, list := w.Company.Users[todo.User].Email, ""
		if !todo.Private {
			if lists[mailbox] == "" {
				id, err := w.Outlook.CreateTaskListAs(mailbox, company.Container)
				if err != nil {
					return fmt.Errorf("emulation: task list of %s: %w", mailbox, err)
				}
				lists[mailbox] = id
			}
			list = lists[mailbox]
		}
		if _, err := w.Outlook.CreateTaskAs(mailbox, list, todo.Body); err != nil {
			return fmt.Errorf("emulation: task %q: %w", todo.Body["title"], err)
		}
	}
	return nil
}

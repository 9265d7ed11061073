package emulator

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Op is what a write did.
type Op string

const (
	// OpCreate, OpUpdate and OpDelete are the three of them.
	OpCreate Op = "create"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// Write is one change in the history.
type Write struct {
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	// Source is "api" or "user", as in RAYNET's webhooks.
	Source string `json:"source"`
	Entity string `json:"entity"`
	ID     int64  `json:"id"`
	Op     Op     `json:"op"`
	// Before and After are details with ISO dates; Before is nil for a create, After for a delete.
	Before map[string]any `json:"before,omitempty"`
	After  map[string]any `json:"after,omitempty"`
}

// History returns the writes so far, oldest first; nothing unless Options.KeepHistory is set.
func (s *Server) History() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.history)
}

// picture is a row as the history keeps it; nil when it keeps nothing.
func (s *Server) picture(r *row) map[string]any {
	if !s.opts.KeepHistory || r == nil {
		return nil
	}
	return s.detail(r, face{zone: s.zone, iso: true})
}

func (s *Server) record(at time.Time, author string, from source, op Op, r *row, before map[string]any) {
	if !s.opts.KeepHistory {
		return
	}
	entry := Write{
		At: at, Author: author, Source: string(from), Entity: string(r.kind), ID: r.id, Op: op, Before: before,
	}
	if op != OpDelete {
		entry.After = s.picture(r)
	}
	s.history = append(s.history, entry)
}

// forget deletes a row.
func (s *Server) forget(r *row, author string, from source) {
	before := s.picture(r)
	s.rows.remove(r)
	s.record(s.opts.Now(), author, from, OpDelete, r, before)
}

// CreateAs creates a record the way the user named author (a login) does on RAYNET's screens: every field may be given,
// status, participants, meetingPlace, owner and recurrence included, and nothing is required; without owner the author
// owns it. body is the service's own JSON and is not kept.
func (s *Server) CreateAs(author, entity string, body map[string]any) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := kindOf(entity)
	if !ok || k == kindUserAccount {
		return 0, fmt.Errorf("create %s: no such entity", entity)
	}
	if k.isActivity() && body["owner"] == nil && s.personOf(author) == 0 {
		return 0, fmt.Errorf("create %s: %s is no user and body has no owner", entity, author)
	}
	r, err := s.insert(k, body, fromUser, author)
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", entity, err)
	}
	return r.id, nil
}

// EditAs changes the given keys of a record the way a user does on the screens. participants is the whole list: items
// with their ids stay, items without are added, the others go (the owner and a task's resolver excepted). resolver gives a
// task to somebody else.
func (s *Server) EditAs(author, entity string, id int64, patch map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(entity, id)
	if err != nil {
		return err
	}
	if err := s.update(r, patch, fromUser, author); err != nil {
		return fmt.Errorf("edit %s %d: %w", entity, id, err)
	}
	return nil
}

// DeleteAs deletes a record.
func (s *Server) DeleteAs(author, entity string, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(entity, id)
	if err != nil {
		return err
	}
	s.forget(r, author, fromUser)
	return nil
}

// Get returns the detail of a record with ISO dates, also of one that the API user cannot see.
func (s *Server) Get(entity string, id int64) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(entity, id)
	if err != nil {
		return nil, false
	}
	return s.detail(r, face{zone: s.zone, iso: true}), true
}

// All returns the details of all records of an entity, in the order of their ids. "activity" means every activity, with
// its type in _entityName.
func (s *Server) All(entity string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.rows.activity
	if entity != "activity" {
		k, ok := kindOf(entity)
		if !ok {
			return nil
		}
		p = s.rows.pool(k)
	}
	out := make([]map[string]any, 0, len(p.rows))
	for _, r := range p.rows {
		shown := s.detail(r, face{zone: s.zone, iso: true})
		if r.kind.isCodeList() {
			shown = s.codeRow(r)
		}
		if entity == "activity" {
			shown["_entityName"] = r.kind.entityName()
		}
		out = append(out, shown)
	}
	return out
}

// Hide takes a record out of the API user's sight, as a security level would; Show brings it back.
func (s *Server) Hide(entity string, id int64) error {
	return s.mark(entity, id, func(r *row) { r.hidden = true })
}

// Show brings a hidden record back.
func (s *Server) Show(entity string, id int64) error {
	return s.mark(entity, id, func(r *row) { r.hidden = false })
}

// Lock makes a record refuse writes by the API, as a user would; Unlock ends it.
func (s *Server) Lock(entity string, id int64) error {
	return s.mark(entity, id, func(r *row) { r.locked = true })
}

// Unlock ends a lock.
func (s *Server) Unlock(entity string, id int64) error {
	return s.mark(entity, id, func(r *row) { r.locked = false })
}

func (s *Server) mark(entity string, id int64, change func(*row)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(entity, id)
	if err != nil {
		return err
	}
	change(r)
	s.rows.anyHidden = s.rows.anyHidden || r.hidden
	return nil
}

// Entities lists the names that CreateAs, All and the API paths know.
func Entities() []string {
	return slices.Sorted(maps.Values(map[kind]string{
		kindTask: "task", kindMeeting: "meeting", kindEvent: "event", kindPhoneCall: "phoneCall", kindEmail: "email",
		kindLetter: "letter", kindPerson: "person", kindCompany: "company", kindUserAccount: "userAccount",
		kindActivityCategory: "activityCategory", kindTelType: "telType", kindSecurityLevel: "securityLevel",
	}))
}

// kindOf reads an entity's path name; phonecall is known to work in lower case.
func kindOf(name string) (kind, bool) {
	if name == "phonecall" {
		return kindPhoneCall, true
	}
	_, ok := slices.BinarySearch(Entities(), name)
	return kind(name), ok
}

func (s *Server) find(entity string, id int64) (*row, error) {
	k, ok := kindOf(entity)
	if !ok {
		return nil, fmt.Errorf("%s: no such entity", entity)
	}
	r := s.rows.get(k, id)
	if r == nil {
		return nil, fmt.Errorf("%s %d: no such record", entity, id)
	}
	return r, nil
}

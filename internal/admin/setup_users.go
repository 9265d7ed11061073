package admin

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// seen is what the directories of both sides said last, so that leafing through two thousand users does not ask them for
// everybody with each page.
type seen struct {
	login  string // of both sides
	at     time.Time
	people directory
}

// seenFor is how long it is believed.
const seenFor = 5 * time.Minute

// Users returns who could be synchronised and who would be, with the draft. Both directories are asked at most every five minutes,
// or at once if anew is set. The error is a *Failure while a side is missing.
func (s *Setup) Users(ctx context.Context, anew bool) ([]UserRow, error) {
	a, err := s.complete(ctx)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, a, anew)
	if err != nil {
		return nil, err
	}
	pairs, err := s.Store.Pairs(ctx, a.Connection.Name)
	if err != nil {
		return nil, err
	}
	return a.rows(people, pairs), nil
}

func (s *Setup) people(ctx context.Context, a *Admin, anew bool) (directory, error) {
	login := a.Settings.RaynetLogin + "\x00" + a.Settings.MicrosoftLogin
	s.mu.Lock()
	last := s.seen
	s.mu.Unlock()
	if age := a.Now().Sub(last.at); !anew && last.login == login && age >= 0 && age < seenFor {
		return last.people, nil
	}
	people, err := a.directory(ctx)
	if err != nil {
		return directory{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = seen{login: login, at: a.Now(), people: people}
	return people, nil
}

// RaynetUser is somebody in RAYNET to whom a mailbox can be given.
type RaynetUser struct {
	Name, Login string
}

// RaynetUsers returns everybody in RAYNET who has an account, by name. The errors are those of Users.
func (s *Setup) RaynetUsers(ctx context.Context) ([]RaynetUser, error) {
	a, err := s.complete(ctx)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, a, false)
	if err != nil {
		return nil, err
	}
	var out []RaynetUser
	for _, u := range people.raynet {
		if u.Valid {
			out = append(out, RaynetUser{Name: u.Name, Login: u.UserName})
		}
	}
	slices.SortFunc(out, func(x, y RaynetUser) int { return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) })
	return out, nil
}

// MailboxUser is somebody in the tenant to whose mailbox a RAYNET user can be given.
type MailboxUser struct {
	Name, Address string
}

// Mailboxes returns every account of the tenant that may have a mailbox to synchronise, by name. The errors are those of Users.
func (s *Setup) Mailboxes(ctx context.Context) ([]MailboxUser, error) {
	a, err := s.complete(ctx)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, a, false)
	if err != nil {
		return nil, err
	}
	var out []MailboxUser
	for _, u := range people.outlook {
		if address := first(u.Addresses()); address != "" && u.Enabled && !strings.EqualFold(u.Type, "Guest") {
			out = append(out, MailboxUser{Name: u.Name, Address: address})
		}
	}
	slices.SortFunc(out, func(x, y MailboxUser) int { return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) })
	return out, nil
}

// Pair takes into the draft that a mailbox belongs to a RAYNET user, and leaves the rest of what holds for it. A mailbox that does
// not exist is a *Failure; the other errors are those of Users and Consider.
func (s *Setup) Pair(ctx context.Context, mailbox, raynet string) error {
	boxes, err := s.Mailboxes(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(boxes, func(box MailboxUser) bool { return nameOf(box.Address) == nameOf(mailbox) }) {
		return &Failure{Code: FailureUnknownBox, Args: map[string]any{"Mailbox": mailbox}}
	}
	what, _, err := s.ExceptionOf(ctx, mailbox)
	if err != nil {
		return err
	}
	what.Raynet = raynet
	return s.Exception(ctx, mailbox, what)
}

// chosen returns the addresses of those among names who are synchronised by a's settings.
func (s *Setup) chosen(ctx context.Context, a *Admin, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	people, err := s.people(ctx, a, false)
	if err != nil {
		return nil, err
	}
	var out []string
	mailboxes, asked := people.mailboxes(), map[string]bool{}
	for _, name := range names {
		asked[mailboxes[nameOf(name)]] = true
	}
	for _, row := range a.rows(people, nil) {
		if row.Chosen && len(row.Kinds) > 0 && asked[row.Mailbox] {
			out = append(out, row.Address)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// mailboxes returns the id of each mailbox by every name that the settings may have for it.
func (d directory) mailboxes() map[string]string {
	out := make(map[string]string, 2*len(d.outlook))
	for _, u := range d.outlook {
		for _, name := range append(u.Addresses(), nameOf(u.ID)) {
			out[name] = u.ID
		}
	}
	return out
}

// Switch takes into the draft who is to be synchronised and who not any more; both are addresses. Where everybody was chosen, those
// found now are named instead as soon as one is switched off. The errors are those of Users and Consider.
func (s *Setup) Switch(ctx context.Context, on, off []string) error {
	then, err := s.Considered(ctx)
	if err != nil {
		return err
	}
	a, err := s.complete(ctx)
	if err != nil {
		return err
	}
	people, err := s.people(ctx, a, false)
	if err != nil {
		return err
	}
	names, rows, mailboxes := slices.Clone(then.Sync.Users), a.rows(people, nil), people.mailboxes()
	if slices.Contains(names, everybody) {
		if len(off) == 0 {
			return nil
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == everybody })
		for _, row := range rows {
			if row.Chosen {
				on = append(slices.Clip(on), row.Address)
			}
		}
	}
	named, leaves := map[string]bool{}, map[string]bool{} // mailbox
	for _, name := range off {
		if id, known := mailboxes[nameOf(name)]; known {
			leaves[id] = true
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		id, known := mailboxes[nameOf(name)]
		if !known { // a mailbox that is gone can only be taken out
			return slices.ContainsFunc(off, func(other string) bool { return nameOf(other) == nameOf(name) })
		}
		named[id] = true
		return leaves[id]
	})
	for _, name := range on {
		if id, known := mailboxes[nameOf(name)]; known && !named[id] && !leaves[id] {
			named[id] = true
			names = append(names, name)
		}
	}
	return s.Edit(ctx, map[string]string{"sync.users": strings.Join(names, ",")})
}

// SwitchAll takes into the draft that everybody who is found on both sides is synchronised, newcomers too.
func (s *Setup) SwitchAll(ctx context.Context) error {
	return s.Edit(ctx, map[string]string{"sync.users": everybody})
}

// UserException is what holds for one mailbox alone.
type UserException struct {
	// Raynet is the login or person id of the RAYNET user; empty: found by the addresses.
	Raynet string
	// Kinds are what is synchronised; those of everybody are no exception.
	Kinds []record.Kind
	// Zone is the time zone; empty: that of the RAYNET user.
	Zone string
}

// Exception takes into the draft what holds for one mailbox alone. The errors are those of Consider.
func (s *Setup) Exception(ctx context.Context, mailbox string, what UserException) error {
	then, err := s.Considered(ctx)
	if err != nil {
		return err
	}
	saved, draft, err := s.both(ctx)
	if err != nil {
		return err
	}
	mailbox = strings.ToLower(strings.TrimSpace(mailbox))
	before := saved.With(draft).Users[mailbox]
	values := map[string]string{}
	for name, value := range map[string]string{"raynet": what.Raynet, "time_zone": what.Zone} {
		if value = strings.TrimSpace(value); value != "" {
			values[name] = value
		}
	}
	var kinds []string
	for _, kind := range record.Kinds() {
		if slices.Contains(what.Kinds, kind) {
			kinds = append(kinds, string(kind))
		}
	}
	common := slices.Clone(then.Sync.Kinds)
	slices.Sort(common)
	if own := slices.Sorted(slices.Values(kinds)); !slices.Equal(own, common) {
		values["kinds"] = strings.Join(kinds, ",")
	}
	if maps.Equal(before, values) {
		return nil
	}
	return s.Consider(ctx, config.Saved{Users: map[string]map[string]string{mailbox: values}})
}

// ExceptionOf returns what holds for one mailbox alone, with the draft, and whether the file or the environment sets it. The errors
// are those of Considered.
func (s *Setup) ExceptionOf(ctx context.Context, mailbox string) (what UserException, fixed bool, err error) {
	then, err := s.Considered(ctx)
	if err != nil {
		return what, false, err
	}
	names := then.Sync.Kinds
	for _, user := range then.Users {
		if !strings.EqualFold(user.Mailbox, mailbox) {
			continue
		}
		what.Raynet, what.Zone = user.Raynet, user.TimeZone
		if user.Kinds != nil {
			names = user.Kinds
		}
	}
	for _, name := range names {
		what.Kinds = append(what.Kinds, record.Kind(name))
	}
	return what, then.FixedUser(mailbox), nil
}

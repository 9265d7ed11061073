package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
)

// UserRow is one line of the mapping: a RAYNET user, a mailbox, or both, and why they belong together or why not.
type UserRow struct {
	Name        string `json:"name"`
	RaynetLogin string `json:"raynet_login,omitempty"`
	Person      string `json:"person,omitempty"`  // RAYNET person id
	Mailbox     string `json:"mailbox,omitempty"` // Graph user id
	Address     string `json:"address,omitempty"` // of the mailbox
	Zone        string `json:"zone,omitempty"`    // IANA
	// Reason says how the two were found to belong together ("users.reason-<Reason>" in the locale files), Problem why they
	// cannot be synchronised ("users.problem-<Problem>"). One of them is empty.
	Reason  string `json:"reason,omitempty"`
	Problem string `json:"problem,omitempty"`
	// Chosen says that the settings ask for this user and nothing stands against it.
	Chosen bool          `json:"chosen"`
	Kinds  []record.Kind `json:"kinds,omitempty"`
	// Named says that the settings name this mailbox, whatever stands against it.
	Named bool `json:"-"`
	// State is the worst state of the user's pairs, StateReason its code; both are empty while there is no pair.
	State       string `json:"state,omitempty"`
	StateReason string `json:"state_reason,omitempty"`

	account string // RAYNET user account id
}

// directory is who there is on both sides. What could not be read is not known.
type directory struct {
	raynet       []raynet.User
	raynetKnown  bool
	raynetErr    error
	outlook      []outlook.User
	outlookKnown bool
	outlookErr   error
	zones        map[string]accountZone // by RAYNET account id, as far as they were asked for
}

// directory asks both sides for their users, unless a login is known to be refused.
func (a *Admin) directory(ctx context.Context) (directory, error) {
	var d directory
	err := a.LoginAllowed(ctx)
	if err != nil {
		return d, err
	}
	if d.raynet, err = a.Raynet.Users(ctx); err == nil {
		d.outlook, err = a.Outlook.Users(ctx)
	}
	if err != nil {
		return d, errors.Join(err, a.LoginRefused(ctx, err))
	}
	d.raynetKnown, d.outlookKnown = true, true
	d.zones, err = a.knownZones(ctx)
	return d, err
}

// Users returns the mapping of RAYNET users to mailboxes, those chosen first, then those that could be, then those that
// cannot; each group by name. Guests and disabled accounts are shown only where they fit a RAYNET user or were asked for. It
// writes nothing. The errors are those of the clients and the store.
func (a *Admin) Users(ctx context.Context) ([]UserRow, error) {
	people, err := a.directory(ctx)
	if err != nil {
		return nil, err
	}
	pairs, err := a.Store.Pairs(ctx, a.Connection.Name)
	if err != nil {
		return nil, err
	}
	return a.rows(people, pairs), nil
}

// rows puts the mapping into lines.
func (a *Admin) rows(people directory, pairs []journal.Pair) []UserRow {
	var rows []UserRow
	wanted, named := a.wanted(), map[string]bool{} // named: what the settings name -> it exists
	for _, c := range match(people, a.Settings.Overrides) {
		row := a.row(c, people.zones)
		asked := a.asked(c, wanted, named)
		if c.raynet == nil && c.problem == problemNoRaynet && !asked && (strings.EqualFold(c.outlook.Type, "Guest") || !c.outlook.Enabled) {
			continue
		}
		row.Chosen, row.Named = asked && row.Problem == "", asked && !(wanted[everybody] && row.Problem != "")
		row.State, row.StateReason = stateOf(pairs, row.Mailbox)
		rows = append(rows, row)
	}
	for _, name := range a.Settings.Users {
		if name != everybody && !named[nameOf(name)] {
			rows = append(rows, UserRow{Name: name, Address: name, Problem: problemNoSuchMailbox, Named: true})
		}
	}
	slices.SortStableFunc(rows, func(x, y UserRow) int {
		return cmp.Or(cmp.Compare(group(x), group(y)), cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.Address, y.Address))
	})
	return rows
}

// everybody in the settings stands for every user that fits.
const everybody = "*"

func group(row UserRow) int {
	switch {
	case row.Chosen:
		return 0
	case row.Problem == "":
		return 1
	}
	return 2
}

// wanted are the mailboxes that the settings name, by the name as it is compared.
func (a *Admin) wanted() map[string]bool {
	out := make(map[string]bool, len(a.Settings.Users))
	for _, name := range a.Settings.Users {
		out[nameOf(name)] = true
	}
	return out
}

// nameOf is a name of a mailbox in the form in which names are compared.
func nameOf(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// asked reports whether the settings ask for the couple, and notes which of the settings' names are known.
func (a *Admin) asked(c couple, wanted, named map[string]bool) bool {
	asked := wanted[everybody] && c.raynet != nil
	if c.outlook != nil {
		for _, name := range append(c.outlook.Addresses(), nameOf(c.outlook.ID)) {
			if wanted[name] {
				asked, named[name] = true, true
			}
		}
	}
	if c.override != nil {
		named[nameOf(c.override.Mailbox)] = true // its row says what is wrong with the override
	}
	return asked
}

func (a *Admin) row(c couple, zones map[string]accountZone) UserRow {
	row := UserRow{Reason: c.reason, Problem: c.problem, Zone: a.fallbackZone(), Kinds: a.Settings.Kinds}
	if c.problem != "" {
		row.Reason = ""
	}
	override := c.override
	if c.raynet != nil {
		row.Name, row.RaynetLogin, row.Person = c.raynet.Name, c.raynet.UserName, c.raynet.PersonID
		row.Zone = cmp.Or(zones[c.raynet.AccountID].Zone, row.Zone)
		row.account = c.raynet.AccountID
	}
	if c.outlook != nil {
		row.Mailbox, row.Address = c.outlook.ID, first(c.outlook.Addresses())
		row.Name = cmp.Or(row.Name, c.outlook.Name, row.Address)
		for i := range a.Settings.Overrides {
			if o := &a.Settings.Overrides[i]; override == nil && isMailbox(*c.outlook, o.Mailbox) {
				override = o
			}
		}
	}
	if override != nil {
		row.Address = cmp.Or(row.Address, override.Mailbox)
		row.RaynetLogin = cmp.Or(row.RaynetLogin, override.Raynet)
		row.Name = cmp.Or(row.Name, row.Address)
		if iana, err := zone.Canonical(override.Zone); err == nil {
			row.Zone = iana
		}
		if override.Kinds != nil { // an empty list is nothing at all
			row.Kinds = override.Kinds
		}
	}
	if iana, err := zone.Canonical(row.Zone); err == nil {
		row.Zone = iana
	}
	if row.Kinds == nil {
		row.Kinds = record.Kinds()
	}
	row.Name = cmp.Or(row.Name, row.RaynetLogin)
	return row
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// stateOf returns the worst state among a mailbox's pairs.
func stateOf(pairs []journal.Pair, mailbox string) (state, reason string) {
	worst := -1
	severity := []journal.PairState{journal.PairRunning, journal.PairPaused, journal.PairRefused, journal.PairHalted}
	for _, p := range pairs {
		if at := slices.Index(severity, p.State); mailbox != "" && p.Mailbox == mailbox && at > worst {
			worst, state, reason = at, string(p.State), p.Reason
		}
	}
	return state, reason
}

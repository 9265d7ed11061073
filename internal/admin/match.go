package admin

import (
	"slices"
	"strings"

	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
)

// How a RAYNET user and a mailbox were found to belong together.
const (
	matchOverride  = "override"  // the settings say so
	matchPrimary   = "primary"   // the mailbox's main address
	matchProxy     = "proxy"     // one of its other addresses
	matchPrincipal = "principal" // the name its user signs in with
	matchMail      = "mail"
)

// Why a user cannot be synchronised.
const (
	problemGuest         = "guest"
	problemDisabled      = "disabled"          // the Microsoft account
	problemArchived      = "archived"          // the RAYNET user
	problemAmbiguous     = "ambiguous"         // several fit
	problemNoMailbox     = "no-mailbox"        // no Microsoft account has one of the RAYNET user's addresses
	problemNoRaynet      = "no-raynet-user"    // nobody in RAYNET has one of the mailbox's addresses
	problemNoSuchMailbox = "unknown-mailbox"   // the settings name a mailbox that does not exist
	problemNoSuchUser    = "unknown-raynet"    // an override names a RAYNET user that does not exist
	problemTaken         = "override-conflict" // two overrides name one RAYNET user or one mailbox
)

// couple is one row of the mapping under way: a RAYNET user, a Microsoft account, or both.
type couple struct {
	raynet   *raynet.User
	outlook  *outlook.User
	override *UserOverride
	reason   string
	problem  string
}

// matcher pairs RAYNET users with accounts of the tenant, one to one.
type matcher struct {
	raynet  []raynet.User
	outlook []outlook.User
	couples []couple
	takenR  map[string]bool // person ids
	takenO  map[string]bool // Graph user ids
}

// match pairs everybody. The overrides come first; then the login address of each RAYNET user is compared with the main
// addresses, the other addresses, the sign-in names and the mail attributes, then the user's other addresses likewise. Who
// fits several, or is claimed by several, is ambiguous and is left to a person.
func match(people directory, overrides []UserOverride) []couple {
	m := &matcher{raynet: people.raynet, outlook: people.outlook, takenR: map[string]bool{}, takenO: map[string]bool{}}
	for i := range overrides {
		m.byOverride(&overrides[i])
	}
	login := func(u raynet.User) []string { return []string{strings.ToLower(u.UserName)} }
	all := func(u raynet.User) []string { return u.Addresses }
	for _, addresses := range []func(raynet.User) []string{login, all} {
		for _, tier := range tiers() {
			m.round(addresses, tier)
		}
	}
	for i := range m.raynet {
		if u := &m.raynet[i]; !m.takenR[u.PersonID] {
			problem := problemNoMailbox
			if !u.Valid {
				problem = problemArchived
			}
			m.couples = append(m.couples, couple{raynet: u, problem: problem})
		}
	}
	for i := range m.outlook {
		if u := &m.outlook[i]; !m.takenO[u.ID] {
			m.couples = append(m.couples, couple{outlook: u, problem: problemNoRaynet})
		}
	}
	for i := range m.couples {
		m.couples[i].judge()
	}
	return m.couples
}

// judge marks a couple that fits but may not be synchronised.
func (c *couple) judge() {
	if c.problem != "" || c.raynet == nil || c.outlook == nil {
		return
	}
	switch {
	case !c.raynet.Valid:
		c.problem = problemArchived
	case strings.EqualFold(c.outlook.Type, "Guest"):
		c.problem = problemGuest
	case !c.outlook.Enabled:
		c.problem = problemDisabled
	}
}

// tier is one kind of address of an account.
type tier struct {
	reason    string
	addresses func(outlook.User) []string
}

func tiers() []tier {
	proxies := func(prefix string) func(outlook.User) []string {
		return func(u outlook.User) []string {
			var out []string
			for _, proxy := range u.ProxyAddresses {
				if rest, ok := strings.CutPrefix(proxy, prefix); ok {
					out = append(out, strings.ToLower(strings.TrimSpace(rest)))
				}
			}
			return out
		}
	}
	return []tier{
		{matchPrimary, proxies("SMTP:")},
		{matchProxy, proxies("smtp:")},
		{matchPrincipal, func(u outlook.User) []string { return []string{strings.ToLower(u.PrincipalName)} }},
		{matchMail, func(u outlook.User) []string { return []string{strings.ToLower(u.Mail)} }},
	}
}

// byOverride pairs what an override names. One that names only a mailbox or sets only a zone decides nothing here.
func (m *matcher) byOverride(o *UserOverride) {
	if o.Raynet == "" || o.Mailbox == "" {
		return
	}
	c := couple{override: o, reason: matchOverride}
	for i := range m.raynet {
		if u := &m.raynet[i]; u.PersonID == o.Raynet || strings.EqualFold(u.UserName, o.Raynet) {
			c.raynet = u
		}
	}
	for i := range m.outlook {
		if u := &m.outlook[i]; isMailbox(*u, o.Mailbox) {
			c.outlook = u
		}
	}
	switch {
	case c.outlook == nil:
		c.problem = problemNoSuchMailbox
	case c.raynet == nil:
		c.problem = problemNoSuchUser
	case m.takenR[c.raynet.PersonID] || m.takenO[c.outlook.ID]:
		c.problem = problemTaken
	}
	if c.raynet != nil {
		m.takenR[c.raynet.PersonID] = true
	}
	if c.outlook != nil {
		m.takenO[c.outlook.ID] = true
	}
	m.couples = append(m.couples, c)
}

// isMailbox reports whether the settings' name means this account: an address or the id.
func isMailbox(u outlook.User, name string) bool {
	return u.ID == name || slices.Contains(u.Addresses(), strings.ToLower(strings.TrimSpace(name)))
}

// round compares one kind of address on both sides and pairs those that fit each other alone.
func (m *matcher) round(ofRaynet func(raynet.User) []string, of tier) {
	holders := map[string][]int{} // address -> accounts
	for i, u := range m.outlook {
		if m.takenO[u.ID] {
			continue
		}
		for _, address := range of.addresses(u) {
			if strings.Contains(address, "@") && !slices.Contains(holders[address], i) {
				holders[address] = append(holders[address], i)
			}
		}
	}
	fits := make([][]int, len(m.raynet)) // RAYNET user -> accounts
	claims := map[int][]int{}            // account -> RAYNET users
	for r, u := range m.raynet {
		if m.takenR[u.PersonID] {
			continue
		}
		for _, address := range ofRaynet(u) {
			for _, i := range holders[address] {
				if !slices.Contains(fits[r], i) {
					fits[r] = append(fits[r], i)
					claims[i] = append(claims[i], r)
				}
			}
		}
	}
	for r := range m.raynet {
		m.settle(r, fits, claims, of.reason)
	}
}

// settle decides about one RAYNET user in a round. An archived user claims nothing that a valid one claims too.
func (m *matcher) settle(r int, fits [][]int, claims map[int][]int, reason string) {
	u := &m.raynet[r]
	if len(fits[r]) == 0 || m.takenR[u.PersonID] {
		return
	}
	claimants := claims[fits[r][0]]
	if valid := slices.DeleteFunc(slices.Clone(claimants), func(i int) bool { return !m.raynet[i].Valid }); len(valid) > 0 {
		claimants = valid
	}
	if !slices.Contains(claimants, r) {
		return // stays without an account, unless a later round finds one
	}
	m.takenR[u.PersonID] = true
	if len(fits[r]) == 1 && len(claimants) == 1 {
		account := &m.outlook[fits[r][0]]
		m.takenO[account.ID] = true
		m.couples = append(m.couples, couple{raynet: u, outlook: account, reason: reason})
		return
	}
	for _, i := range fits[r] {
		m.takenO[m.outlook[i].ID] = true
	}
	m.couples = append(m.couples, couple{raynet: u, problem: problemAmbiguous})
}

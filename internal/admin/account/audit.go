package account

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/store"
)

// Code names an act; its text is in the locale files under "audit.<code>". Other packages declare codes of this type for what
// they let people do.
type Code string

// The acts of this package.
const (
	ActFirstLink    Code = "first-link-made"
	ActLink         Code = "link-made" // Name
	ActClaimedFirst Code = "first-administrator"
	ActClaimed      Code = "link-used"
	ActSignedIn     Code = "signed-in"
	ActSignedOut    Code = "signed-out" // for whoever has the sessions
	ActRefused      Code = "sign-in-refused"
	ActConfirmed    Code = "password-asked-again"
	ActAdded        Code = "account-added"   // Name, Role
	ActRemoved      Code = "account-removed" // Name
	ActRole         Code = "role-set"        // Name, Role
	ActPasswordSet  Code = "password-set"    // Name
	ActPassword     Code = "password-changed"
	ActConnected    Code = "connected" // Side
	ActRegistered   Code = "registration-begun"
	ActSettings     Code = "settings-kept" // Names
	ActLanguage     Code = "language-set"
)

// Actor is who does something, and from which address. Both are empty on the command line of the server, whose use needs the
// rights of the operating system.
type Actor struct {
	Account, From string
}

func (by Actor) did(code Code, args map[string]any) Act {
	return Act{Account: by.Account, Code: code, Args: args, From: by.From}
}

// Act is something that a person did, or tried.
type Act struct {
	// Account is who; empty for nobody known and for the command line.
	Account string
	Code    Code
	// Args fill in the placeholders of the text. They must hold no secrets; they are sealed at rest.
	Args map[string]any
	From string
}

// Line is one line of the audit.
type Line struct {
	ID      int64          `json:"id"`
	At      time.Time      `json:"at"`
	Account string         `json:"account,omitzero"`
	Code    Code           `json:"act"`
	Args    map[string]any `json:"args,omitempty"`
	From    string         `json:"from,omitzero"`
	// Changed tells that the line is not as it was written; Args and From are lost.
	Changed bool `json:"changed,omitzero"`
}

// lineBody is what is sealed of a line.
type lineBody struct {
	Args map[string]any `json:"args,omitempty"`
	From string         `json:"from,omitzero"`
}

// Log writes one line.
func (a *Accounts) Log(ctx context.Context, act Act) error {
	return a.store.People(ctx, func(ctx context.Context, p *store.People) error { return a.audit(ctx, p, act) })
}

// audit writes one line in the transaction of what it tells about.
func (a *Accounts) audit(ctx context.Context, p *store.People, act Act) error {
	encoded, err := json.Marshal(lineBody{Args: act.Args, From: act.From}, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return p.AddAudit(ctx, store.AuditLine{At: a.now(), Account: act.Account, Act: string(act.Code), Body: encoded})
}

// Audit returns the lines whose ID is less than before (0: the newest ones), the newest first.
func (a *Accounts) Audit(ctx context.Context, before int64, limit int) ([]Line, error) {
	rows, err := a.store.Audit(ctx, before, limit)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, 0, len(rows))
	for _, row := range rows {
		line := Line{ID: row.ID, At: row.At, Account: row.Account, Code: Code(row.Act), Changed: row.Changed}
		var inner lineBody
		if !row.Changed {
			if err := json.Unmarshal(row.Body, &inner); err != nil {
				return nil, fmt.Errorf("read line %d of the audit: %w", row.ID, err)
			}
		}
		line.Args, line.From = inner.Args, inner.From
		lines = append(lines, line)
	}
	return lines, nil
}

// Proof is what VerifyAudit found.
type Proof = store.AuditProof

// VerifyAudit reads the whole audit and names the lines that were changed or taken out. It cannot notice that the whole database
// was replaced by an older copy of itself.
func (a *Accounts) VerifyAudit(ctx context.Context) (Proof, error) { return a.store.VerifyAudit(ctx) }

// Lines about refused sign-ins are bounded, so that guessing cannot fill the disk.
const (
	refusalLines = 100
	refusalTime  = time.Hour
)

// budget is how many lines were written in the hour that began at since.
type budget struct {
	since time.Time
	lines int
}

// refused writes a line about a refused sign-in, if there were not too many of them lately. What was typed as a name is told
// only if there is such an account: people type passwords there.
func (a *Accounts) refused(ctx context.Context, name, from string) error {
	a.mu.Lock()
	now := a.now()
	if since := now.Sub(a.refusals.since); since < 0 || since >= refusalTime {
		a.refusals = budget{since: now}
	}
	a.refusals.lines++
	write := a.refusals.lines <= refusalLines
	a.mu.Unlock()
	a.log.Warn("sign-in refused", "account", name)
	if !write {
		return nil
	}
	return a.Log(ctx, Act{Account: name, Code: ActRefused, From: from})
}

package simulator

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
)

// office is how people look at the running product and decide about it: what the checkers know of it they know from here, not from its database.
func (w *world) office() *admin.Admin {
	return &admin.Admin{Connection: w.conn, Store: w.store, Raynet: w.clients.raynet, Outlook: w.clients.outlook, Now: w.clock.Now, NewID: w.newID, Parallel: 1,
		Settings: admin.Settings{Rules: w.rulesOf, Zone: home, Kinds: w.kinds, Users: []string{"*"}}}
}

// diaryPage is how many entries of the journal are asked for at once.
const diaryPage = 1000

// journal is all that the product tells of what it did, the newest first.
func (w *world) journal(ctx context.Context, of admin.JournalOptions) ([]admin.JournalEntry, error) {
	var out []admin.JournalEntry
	for of.Limit = diaryPage; ; {
		page, err := w.office().Journal(ctx, of)
		if err != nil {
			return nil, err
		}
		if out = append(out, page...); len(page) < of.Limit {
			return out, nil
		}
		of.Before = page[len(page)-1].ID
	}
}

// blind counts the overwrites of what somebody wrote between our look and our write.
func blind(entries []admin.JournalEntry) int {
	n := 0
	for _, e := range entries {
		if e.Event == journal.BlindOverwrite {
			n++
		}
	}
	return n
}

// checkStates (I11): everything that is there is in one state for each user whom it concerns, with a reason where it is not simply
// linked, and what is shown of it does not contradict itself. It returns all that is told.
func (w *world) checkStates(ctx context.Context) (stories []admin.Explanation, err error) {
	office := w.office()
	for _, t := range w.all() {
		told, err := office.Explain(ctx, t.ref.String())
		if err != nil {
			if w.away(t.user.mailbox) {
				continue
			}
			w.violate("I11", "%s %s cannot be explained: %v", t.canary, t.ref, err)
			continue
		}
		w.exercise("I11", 1)
		w.checkStory(t, told)
		stories = append(stories, told...)
	}
	return stories, ctx.Err()
}

// checkStory looks at all that is told of one thing.
func (w *world) checkStory(t thing, told []admin.Explanation) {
	if len(told) == 0 {
		w.violate("I11", "nothing is told of %s %s", t.canary, t.ref)
	}
	seen := map[string]bool{}
	for _, e := range told {
		wrong := ""
		switch {
		case seen[e.User]:
			wrong = "is told of twice"
		case e.State == "" || e.Change == "":
			wrong = "has no state"
		case e.State == string(journal.Linked):
			if e.Raynet == "" || e.Outlook == "" {
				wrong = "is linked with nothing"
			}
		case e.State == string(journal.Making):
			wrong = "is being made still"
		case e.Reason == "":
			wrong = "has no reason"
		}
		w.checkHidden(t, e)
		if seen[e.User] = true; wrong != "" && !w.away(w.mailboxOf(e.User)) {
			w.violate("I11", "%s %s %s for %q: %+v", t.canary, t.ref, wrong, e.User, e)
		}
	}
}

// checkHidden (I5): nothing that is there counts as deleted unless somebody took it or its counterpart away once.
func (w *world) checkHidden(t thing, e admin.Explanation) {
	hidden := e.State == string(journal.Hidden)
	against := e.Reason == "edited-against-deletion"
	if t.ref.Side != record.Outlook || !hidden && !against || w.away(t.user.mailbox) {
		return
	}
	w.exercise("I5", 1)
	_, taken := w.ledger.takenOff[t.key()]
	if against && (taken || w.sight.hid(e.Raynet)) || slices.ContainsFunc(w.touches(), func(one touch) bool {
		of := one.id == t.ref.ID || against && one.side == record.Raynet && strings.HasSuffix(e.Raynet, "/"+one.id)
		return !one.ours && of && (one.op == "delete" || one.op == "move")
	}) {
		return
	}
	w.violate("I5", "%s %s counts as deleted (%s), and nobody deleted it", t.canary, t.ref, e.Reason)
}

// checkSettled (I2): of each of our writes the journal tells how it ended, unless nobody knows yet.
func (w *world) checkSettled(ctx context.Context, entries []admin.JournalEntry) error {
	open := map[string]bool{}
	if err := w.everybody(func(u user, kind record.Kind, pair int64) error {
		intents, err := w.store.Intents(ctx, pair)
		open[u.login+string(kind)] = len(intents) > 0
		return err
	}); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Event == journal.Sending && !open[e.User+string(e.Kind)] {
			w.violate("I2", "the journal does not tell what became of our write of %s to %s%s for %s", e.At.Format("02 15:04:05"), e.Raynet, e.Outlook, e.User)
		}
	}
	return nil
}

// checkRefusals (I11): where somebody was faster the journal does not say that Outlook refuses what was written: that would send people
// looking for a fault in it.
func (w *world) checkRefusals(entries []admin.JournalEntry) {
	all := w.outlook.Layer().Requests()
	for _, e := range entries {
		if e.Event != journal.Parked || e.Side != record.Outlook || e.Reason != string(remote.Invalid) {
			continue
		}
		under := "/users/" + w.mailboxOf(e.User) + "/"
		var last chaos.Entry
		for _, asked := range all {
			if asked.At.Before(e.At) && asked.Method != http.MethodGet && strings.Contains(asked.Path, under) {
				last = asked
			}
		}
		if last.Status == http.StatusPreconditionFailed {
			w.violate("I11", "%s counts as refused by Outlook, and somebody was faster: %s %s at %s", e.Outlook, last.Method, last.Path, last.At.Format("02 15:04:05"))
		}
	}
}

// mailboxOf is the mailbox of an address.
func (w *world) mailboxOf(login string) string {
	for _, u := range w.users {
		if u.login == login {
			return u.mailbox
		}
	}
	return ""
}

// away reports whether a mailbox went away for good.
func (w *world) away(mailbox string) bool { return w.gone[mailbox] }

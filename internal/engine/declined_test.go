package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

const uid = "u1|jana@example.com"

// brought is a meeting that another mailbox brought into RAYNET, just reported to this one's user.
func (b *bundle) brought(t *testing.T) remote.Snapshot {
	t.Helper()
	other := storetest.Link(storetest.Pair(t, b.store, 2), 8)
	other.Twin = b.engine.Digester.Text("twin", uid)
	made := b.snapshot(other, record.Raynet, "1", "Porada")
	b.raynet.things[made.Ref] = made
	b.feed.round.Full = false
	storetest.Commit(t, b.store, journal.PutLink{Link: other}, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
	return made
}

// invitation is what is remembered of the invitation of this mailbox's user.
func (b *bundle) invitation(rule remote.Rule) journal.Aside {
	made := storetest.Link(b.pair.ID, 8)
	return journal.Aside{Pair: b.pair.ID, Ref: storetest.OutlookRef(1), Rule: rule, Since: storetest.Now(), Span: made.Span,
		Twin: b.engine.Digester.Text("twin", uid)}
}

// A user took an invitation out of his calendar, and then its record comes into RAYNET from a colleague's copy: it is not put there
// again, whether the removal was told before, is told now, or not yet.
func TestWhatWasDeclinedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		rule    remote.Rule
		removed []remote.Ref
		want    []string
	}{
		{"told before", plan.RuleDeclined, nil, []string{"skip  declined"}},
		{"told now", plan.RuleNoOffer, []remote.Ref{storetest.OutlookRef(1)}, []string{"note  ", "skip  declined"}},
		{"not told yet", plan.RuleNoOffer, nil, []string{"skip  declined"}},
		{"it was private", remote.RulePrivate, nil, []string{"skip  declined"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.brought(t)
			b.feed.round.Removed = c.removed
			storetest.Commit(t, b.store, journal.PutAside{Aside: b.invitation(c.rule)})
			if diff := cmp.Diff(c.want, told(b.run(t, true))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// That the invitation was there is forgotten by now; its record was declined all the same, however it is edited.
func TestWhatWasDeclinedStaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.brought(t)
	storetest.Commit(t, b.store, journal.PutAside{Aside: journal.Aside{Pair: b.pair.ID, Ref: made.Ref, Rule: plan.RuleDeclined, Version: "0"}})
	b.run(t, false)
	if len(b.outlook.sent) > 0 {
		t.Errorf("Outlook was sent %+v", b.outlook.sent)
	}
}

// The removal was reported, but the invitation is there: it only lies in another calendar. It is linked, and there is no copy beside it.
func TestAMovedInvitationIsNotDeclined(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.brought(t)
	there := b.invitation(plan.RuleDeclined)
	storetest.Commit(t, b.store, journal.PutAside{Aside: there})
	b.outlook.things[there.Ref] = remote.Snapshot{Ref: there.Ref, Kind: record.Calendar, Version: "e", Span: made.Span, Fields: made.Fields,
		Twin: uid, Held: []remote.Holder{remote.HeldReadOnly}}
	if diff := cmp.Diff([]string{"link  twin", "note  "}, told(b.run(t, true))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// remembered puts the invitation of this mailbox's user into it, with the link that joins it to an earlier record of the meeting.
func (b *bundle) remembered(t *testing.T, state journal.LinkState, span record.Span) journal.Link {
	t.Helper()
	link := storetest.Link(b.pair.ID, 1)
	link.State, link.Origin, link.ReadOnly, link.Twin = state, "", true, b.engine.Digester.Text("twin", uid)
	b.outlook.things[link.Outlook.Ref] = remote.Snapshot{Ref: link.Outlook.Ref, Kind: record.Calendar, Version: "e", Span: span, Offered: true,
		Twin: uid, Held: []remote.Holder{remote.HeldReadOnly}, Fields: record.Fields{record.EventSubject: "Porada"}}
	storetest.Commit(t, b.store, journal.PutLink{Link: link})
	return link
}

// locked is a RAYNET that does not let one record be read.
type locked struct {
	*service
	ref remote.Ref
}

func (l locked) Read(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	out, err := l.service.Read(ctx, scope, refs)
	for i := range out {
		if out[i].Ref == l.ref {
			out[i] = remote.Reading{Ref: l.ref, Presence: remote.Broken, Err: &remote.Error{Kind: remote.Forbidden, Side: record.Raynet}}
		}
	}
	return out, err
}

// A meeting's record was deleted in RAYNET, and a colleague brings the meeting into RAYNET again. The invitation is remembered with the
// earlier record: it is what its user has of the new one too, and he gets no copy of ours beside it.
func TestWhatAnEarlierRecordLeftBelongsToTheNewOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		state journal.LinkState
		with  func(*testing.T, *bundle, journal.Link)
		want  []string
	}{
		{"deleted", journal.Dissolved, nil, []string{"link  twin", "note  "}},
		{"out of sight", journal.Released, nil, []string{"link  twin", "note  "}},
		{"not proven yet", journal.Linked, nil, []string{"note  earlier-record"}},
		{"a write may still land", journal.Dissolved, func(t *testing.T, b *bundle, link journal.Link) {
			link.FrozenUntil = storetest.Now().Add(time.Minute)
			storetest.Commit(t, b.store, journal.PutLink{Link: link})
		}, []string{"note  earlier-record"}},
		{"the earlier one cannot be told", journal.Dissolved, func(_ *testing.T, b *bundle, link journal.Link) {
			b.engine.Raynet = locked{b.raynet, link.Raynet.Ref}
		}, []string{"note  earlier-record"}},
		{"a write to another thing of the meeting may still land", journal.Dissolved, func(t *testing.T, b *bundle, link journal.Link) {
			other := storetest.Link(b.pair.ID, 3)
			other.ID, other.Twin, other.FrozenUntil = "0", link.Twin, storetest.Now().Add(time.Minute) // found first
			storetest.Commit(t, b.store, journal.PutLink{Link: other})
		}, []string{"note  earlier-record"}},
		{"the new one was the earlier one before", journal.Dissolved, func(t *testing.T, b *bundle, link journal.Link) {
			before := link
			before.Raynet.Ref = storetest.RaynetRef(8)
			storetest.Commit(t, b.store, journal.AddEntry{Entry: storetest.Entry(before, journal.Created)})
		}, []string{"link  twin", "note  "}},
		{"declined since", journal.Dissolved, func(_ *testing.T, b *bundle, link journal.Link) { delete(b.outlook.things, link.Outlook.Ref) }, []string{"skip  declined"}},
		{"declined before", journal.Hidden, func(_ *testing.T, b *bundle, link journal.Link) { delete(b.outlook.things, link.Outlook.Ref) }, []string{"skip  declined"}},
		{"private by now", journal.Dissolved, func(_ *testing.T, b *bundle, link journal.Link) {
			private := b.outlook.things[link.Outlook.Ref]
			private.Rule = remote.RulePrivate
			b.outlook.things[link.Outlook.Ref] = private
		}, []string{"skip  private"}},
		{"a copy of ours, which went with the earlier one", journal.Dissolved, func(t *testing.T, b *bundle, link journal.Link) {
			link.Origin, link.ReadOnly = record.Raynet, false
			storetest.Commit(t, b.store, journal.PutLink{Link: link})
			delete(b.outlook.things, link.Outlook.Ref)
		}, []string{"create outlook "}},
		{"the earlier one is there", journal.Released, func(_ *testing.T, b *bundle, link journal.Link) {
			b.raynet.things[link.Raynet.Ref] = b.snapshot(link, record.Raynet, "1", "Porada")
		}, []string{"create outlook "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			made := b.brought(t)
			link := b.remembered(t, c.state, made.Span)
			if c.with != nil {
				c.with(t, b, link)
			}
			if diff := cmp.Diff(c.want, told(b.run(t, true))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// The new record takes the earlier one's place in the link, and whatever a person was asked about the invitation is answered by that.
func TestTheNewRecordTakesThePlaceOfTheEarlier(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.brought(t)
	link := b.remembered(t, journal.Dissolved, made.Span)
	storetest.Commit(t, b.store, journal.PutWork{Work: plan.Question(b.pair.ID, link.Outlook.Ref, "edited-against-deletion", storetest.Now())})
	b.run(t, false)
	if len(b.outlook.sent)+len(b.raynet.sent) > 0 {
		t.Errorf("sent %+v %+v", b.outlook.sent, b.raynet.sent)
	}
	links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{link.Outlook.Ref})
	if err != nil || len(links) != 1 || links[0].ID != link.ID || links[0].Raynet.Ref != made.Ref || links[0].State != journal.Linked {
		t.Errorf("the invitation is linked by %+v, %v", links, err)
	}
	if work, err := b.store.WorkAt(t.Context(), b.pair.ID, []remote.Ref{link.Outlook.Ref, made.Ref}); err != nil || len(work) > 0 {
		t.Errorf("there waits %+v, %v", work, err)
	}
}

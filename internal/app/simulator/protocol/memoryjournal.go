package protocol

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
)

// LinksOnceOf returns the links of the pair that had the thing once and have another one now.
func (m *memory) LinksOnceOf(_ context.Context, pair int64, ref remote.Ref) ([]journal.Link, error) {
	var out []journal.Link
	for i := range m.links {
		l := &m.links[i]
		now := l.Half(ref.Side).Ref
		had := slices.ContainsFunc(m.entries, func(e journal.Entry) bool {
			return e.LinkID == l.ID && e.Pair == pair && (e.Raynet == ref || e.Outlook == ref)
		})
		if had && !now.IsZero() && now != ref {
			out = append(out, *l)
		}
	}
	return out, nil
}

// OnceInOutlook returns what a link had in Outlook before what it has now.
func (m *memory) OnceInOutlook(_ context.Context, link journal.Link) ([]remote.Ref, error) {
	var out []remote.Ref
	for i := range m.entries {
		was := m.entries[i].Outlook
		if m.entries[i].LinkID == link.ID && !was.IsZero() && was != link.Outlook.Ref && !slices.Contains(out, was) {
			out = append(out, was)
		}
	}
	return out, nil
}

// MadeOtherwise reports whether the journal tells that a link's thing was made by another create.
func (m *memory) MadeOtherwise(_ context.Context, link, op string) (bool, error) {
	return slices.ContainsFunc(m.entries, func(e journal.Entry) bool {
		return e.LinkID == link && (e.Event == journal.Created || e.Event == journal.Matched) && e.Op != "" && e.Op != op
	}), nil
}

// SentAgain reports whether the journal tells that the create of a link was sent more than once.
func (m *memory) SentAgain(_ context.Context, link, op string) (bool, error) {
	return slices.ContainsFunc(m.entries, func(e journal.Entry) bool {
		return e.LinkID == link && e.Op == op && e.Reason == journal.SentAgain
	}), nil
}

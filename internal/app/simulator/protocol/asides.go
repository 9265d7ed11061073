package protocol

import (
	"context"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// AsidesByNatural returns what is set aside and looks like it.
func (m *memory) AsidesByNatural(_ context.Context, pair int64, side record.Side, natural record.Digest) ([]journal.Aside, error) {
	return m.asidesThat(func(a journal.Aside) bool {
		return a.Pair == pair && a.Ref.Side == side && natural != "" && a.Natural == natural
	}), nil
}

// AsidesByTwin returns what is set aside in any pair with that identity.
func (m *memory) AsidesByTwin(_ context.Context, _ string, twin record.Digest) ([]journal.Aside, error) {
	return m.asidesThat(func(a journal.Aside) bool { return twin != "" && a.Twin == twin }), nil
}

// AsidesBySource returns what is set aside and is of that source.
func (m *memory) AsidesBySource(_ context.Context, pair int64, source record.Digest) ([]journal.Aside, error) {
	return m.asidesThat(func(a journal.Aside) bool { return a.Pair == pair && source != "" && a.Source == source }), nil
}

// AsidesOfRef returns what any pair has set aside for the ref.
func (m *memory) AsidesOfRef(_ context.Context, ref remote.Ref) ([]journal.Aside, error) {
	return m.asidesThat(func(a journal.Aside) bool { return a.Ref == ref }), nil
}

func (m *memory) asidesThat(fit func(journal.Aside) bool) []journal.Aside {
	var out []journal.Aside
	for _, a := range m.asides {
		if fit(a) {
			out = append(out, a)
		}
	}
	return out
}

package emulator

import (
	"fmt"
	"maps"
	"slices"
)

// keep puts what was deleted into the bin, as it was. mu is held.
func (mb *mailbox) keep(deleted *item) {
	if mb.bin == nil {
		mb.bin = map[string]*item{}
	}
	mb.bin[deleted.id] = deleted
}

// restore takes an item out of the bin: it has the id that it had, and lies where it lay, or in the default folder when that is
// gone. // G-31
func (s *Server) restore(mailbox string, kind itemKind, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, now, err := s.at(mailbox)
	if err != nil {
		return err
	}
	kept := mb.bin[id]
	if kept == nil || kept.kind != kind {
		return fmt.Errorf("item %q in the bin: %w", id, ErrUnknown)
	}
	delete(mb.bin, id)
	it, f := mb.items[id], kept.folder
	if f.gone {
		f = mb.folder(kind, "")
	}
	*it = *kept
	if it.series != nil {
		for _, e := range it.series.exceptions { // any order: each comes back with its series
			e.deleted = false
		}
	}
	mb.put(it, f, now)
	it.created, it.born = kept.created, kept.born
	s.record(mb, it, byPerson, "restore", nil, now)
	return nil
}

// Bin lists what lies in the bin of a mailbox, as it was when it was deleted, in the order of the ids.
func (s *Server) Bin(mailbox string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb := s.box(mailbox)
	if mb == nil {
		return nil
	}
	out := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(mb.bin)) {
		out = append(out, s.snapshot(mb, mb.bin[id]))
	}
	return out
}

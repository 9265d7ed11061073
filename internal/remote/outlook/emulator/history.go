package emulator

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// Write is one change of an event, a contact or a task. By is "app", "person", or "service" for what the service did itself: delivering an
// invitation, carrying an answer, touching a new meeting.
type Write struct {
	At      time.Time
	By      string
	Mailbox string // id
	ID      string // immutable id; of the exception where one date of a series changed
	Op      string // "create", "update", "delete", "move", "restore", "cancel-occurrence" or "touch"
	Before  map[string]any
	After   map[string]any
}

// History lists the writes, oldest first; empty without Options.KeepHistory.
func (s *Server) History() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.history)
}

func (s *Server) record(mb *mailbox, it *item, by, op string, before map[string]any, now time.Time) {
	if !s.opts.KeepHistory {
		return
	}
	w := Write{At: now, By: by, Mailbox: mb.id, ID: it.id, Op: op, Before: before}
	if !it.deleted {
		w.After = s.snapshot(mb, it)
	}
	s.history = append(s.history, w)
}

// before is a snapshot for History, nil when nobody keeps it.
func (s *Server) before(mb *mailbox, it *item) map[string]any {
	if !s.opts.KeepHistory {
		return nil
	}
	return s.snapshot(mb, it)
}

// touch is a change that the service itself makes some time after a meeting or a recurring task was created. // G-20, G-127
type touch struct {
	at time.Time
	mb *mailbox
	it *item
}

func (s *Server) planTouch(mb *mailbox, it *item, now time.Time) {
	if s.opts.TouchAfter > 0 {
		s.touches = append(s.touches, touch{at: now.Add(s.opts.TouchAfter), mb: mb, it: it})
	}
}

// settle does the touches that are due: the change key moves, the meaning stays.
func (s *Server) settle(now time.Time) {
	for len(s.touches) > 0 && !s.touches[0].at.After(now) {
		t := s.touches[0]
		s.touches = s.touches[1:]
		if t.it.deleted {
			continue
		}
		s.rebase(t.it)
		t.mb.touch(t.it, t.at)
		s.record(t.mb, t.it, byService, "touch", nil, t.at)
	}
}

// loneSurrogate is replaced in the encoded answer by half of a character, which no Go string can hold. // G-63
const loneSurrogate = "\uf8ffhalf\uf8ff"

func unpaired(wire []byte) []byte {
	return bytes.ReplaceAll(wire, []byte(loneSurrogate), []byte(`\ud83d`))
}

// oddData shows every fifth event with what strict readers choke on, in properties that carry no meaning. // G-63
func (s *Server) oddData(out map[string]any, it *item) {
	if !s.faults["odd-data"] {
		return
	}
	switch digest(s.opts.Seed, "odd", it.id)[0] % 5 {
	case 0:
		out["bodyPreview"] = fmt.Sprint("\u0001\u0007", text(out["bodyPreview"]), "\U0001f389")
		out["x.laterProperty"] = map[string]any{"nested": []any{1, nil}}
	case 1:
		out["bodyPreview"] = text(out["bodyPreview"]) + loneSurrogate
	case 2:
		out["createdDateTime"] = zeroTime
		out["onlineMeetingProvider"] = "unknownFutureValue"
		out["webLink"] = nil
	}
}

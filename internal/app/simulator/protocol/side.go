package protocol

import (
	"context"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// side is one service as the engine of one pair sees it: each call is a step that can go wrong, and before each a person may act.
type side struct {
	h       *history
	service *service
	mailbox int
}

func (s side) of(t *thing) bool { return s.service.side == record.Raynet || t.mailbox == s.mailbox }

// answers passes a step by at which a service is asked something. unseen says that it does not show yet what was just made.
func (s side) answers(hides bool) (unseenNow bool, err error) {
	h := s.h
	if h.crashed {
		return false, errCrash
	}
	h.somebody()
	h.pass(stepTime)
	chosen := well
	if hides {
		chosen = h.ask(crashBefore, unreachable, unseen)
	} else {
		chosen = h.ask(crashBefore, unreachable)
	}
	if h.traced && chosen != well {
		h.tell("a question to %s: %s", s.service.side, chosen)
	}
	switch chosen {
	case crashBefore:
		return false, h.crash()
	case unreachable:
		return false, &remote.Error{Kind: remote.Unavailable, Side: s.service.side, Doing: "read"}
	case unseen:
		return true, nil
	}
	return false, nil
}

// young reports whether a thing was made so recently that it may not be shown yet.
func (s side) young(t *thing) bool { return s.h.now.Sub(t.born) < lag && (t.ours || t.copied) }

// Read reads each ref as it is now.
func (s side) Read(_ context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	if _, err := s.answers(false); err != nil {
		return nil, err
	}
	how := inRead
	if scope.Marks {
		how = marked
	}
	out := make([]remote.Reading, 0, len(refs))
	for _, ref := range refs {
		if t := s.service.find(ref); t != nil {
			t.shown[s.mailbox] = t.version
			out = append(out, remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: s.service.snapshot(t, s.h.now, how)})
			continue
		}
		s.h.missed(ref)
		out = append(out, remote.Reading{Ref: ref, Presence: remote.Gone})
	}
	return out, nil
}

// missed remembers that the engine was told that something is gone: the proof that a deletion needs.
func (h *history) missed(ref remote.Ref) {
	for i := range h.gone {
		if h.gone[i].ref == ref {
			h.gone[i].last = h.now
			return
		}
	}
	h.gone = append(h.gone, absence{ref: ref, first: h.now, last: h.now})
}

// Find looks for what an earlier create left behind.
func (s side) Find(_ context.Context, _ remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	if s.h.crashed {
		return nil, errCrash
	}
	if search.Alike != nil || search.Handed {
		// Nothing of this world looks like anything else: what belongs together is told by marks alone. And nobody hands anything on.
		return nil, nil
	}
	hides := false
	for _, t := range s.service.things {
		hides = hides || s.fits(t, search) && s.young(t)
	}
	hidden, err := s.answers(hides)
	if err != nil || s.h.broken == blindRepeat {
		return nil, err
	}
	var out []remote.Snapshot
	for _, t := range s.service.things {
		if s.fits(t, search) && !(hidden && s.young(t)) {
			out = append(out, s.service.snapshot(t, s.h.now, marked))
		}
	}
	if hidden {
		s.h.note("F10")
	}
	return out, nil
}

func (s side) fits(t *thing, search remote.Search) bool {
	switch {
	case t.gone || !s.of(t):
		return false
	case s.service.side == record.Raynet && search.Key != "":
		return t.key == search.Key
	case search.Key != "":
		return t.stamp != nil && t.stamp.Op == search.Key
	case !search.Source.IsZero():
		return t.stamp != nil && t.stamp.Source == search.Source
	case search.Like != nil:
		return t.ours && t.key == "" && !t.born.Before(search.Since.Truncate(time.Minute))
	}
	return false
}

// Compose puts a write into the service's form. Like both clients it refuses a change of something that was not read.
func (s side) Compose(_ context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error) {
	if write.Op != remote.Create && write.Target == nil {
		return nil, &remote.Error{Kind: remote.Invalid, Side: s.service.side, Doing: "compose"}
	}
	return s.service.compose(write, scope.Mailbox), nil
}

// Send makes one request.
func (s side) Send(_ context.Context, request remote.Request) (remote.Answer, error) {
	h := s.h
	if h.crashed {
		return remote.Answer{}, errCrash
	}
	h.somebody()
	h.pass(stepTime)
	h.silent = false
	h.judge(&request)
	chosen := well
	if request.Op == remote.Create && s.service.once() {
		chosen = h.ask(crashBefore, crashAfter, lostRequest, lostAnswer, late, throttled, refused, tooLate)
	} else {
		chosen = h.ask(crashBefore, crashAfter, lostRequest, lostAnswer, late, throttled, refused)
	}
	if h.traced {
		h.tell("%s %s %s %v: %s", request.Op, request.Side, request.Ref.ID, request.Header, chosen)
	}
	h.rowsOf(&request, chosen)
	return s.send(&request, chosen)
}

// send carries out what was chosen for a request.
func (s side) send(request *remote.Request, chosen turn) (remote.Answer, error) {
	h := s.h
	unknown := func() (remote.Answer, error) {
		h.unknown = true
		return remote.Answer{}, &remote.Error{Kind: remote.Unavailable, Side: s.service.side, Doing: string(request.Op), Unknown: true}
	}
	switch chosen {
	case crashBefore:
		h.unknown = true
		return remote.Answer{}, h.crash()
	case lostRequest:
		return unknown()
	case late, tooLate:
		landing := pending{at: h.now.Add(lateBy), request: *request, mailbox: s.mailbox}
		if chosen == tooLate {
			landing.at = h.now.Add(tooLong)
		}
		if target := s.service.find(request.Ref); target != nil {
			landing.version, landing.shown = target.version, target.shown[s.mailbox]
		}
		h.late = append(h.late, landing)
		return unknown()
	case throttled:
		return remote.Answer{}, &remote.Error{Kind: remote.Throttled, Side: s.service.side, Doing: string(request.Op), RetryAt: h.now.Add(time.Minute)}
	case refused:
		return remote.Answer{}, &remote.Error{Kind: remote.Invalid, Side: s.service.side, Doing: string(request.Op), Status: 400}
	}
	h.overtaken(request)
	if target := s.service.find(request.Ref); target != nil {
		h.overwrites(target, request, target.shown[s.mailbox])
	}
	answer, err := s.service.take(h, request, s.mailbox)
	if h.traced && err != nil {
		h.tell("  %v", err)
	}
	h.refusals(request, err)
	switch chosen {
	case crashAfter:
		h.unknown = true
		return remote.Answer{}, h.crash()
	case lostAnswer:
		return unknown()
	}
	return answer, err
}

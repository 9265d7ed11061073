package simulator

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"raynetsync/internal/record"
)

// haste lists what people do while the process is at work.
func haste() []verb {
	return []verb{deed("Outlook: somebody is faster than the process", 4, (*world).hurry)}
}

// hurry has somebody write into a thing in Outlook between our look at it and our write: before one of the next changes there, or
// before the next removal, which is seldom.
func (w *world) hurry() {
	if w.hurryIn, w.hurryToKeep = 1+w.rng.IntN(3), w.rng.IntN(2) == 0; w.hurryToKeep {
		w.hurryIn = 1
	}
}

// faster lets that happen, if the time has come, before a request that changes a thing or looks at it for the last time.
func (w *world) faster(request *http.Request) error {
	if w.hurryIn == 0 {
		return nil
	}
	body, err := peek(request)
	if err != nil {
		return err
	}
	t, ok := w.aimed(request, body)
	if !ok {
		return nil
	}
	if w.hurryIn--; w.hurryIn > 0 {
		return nil
	}
	w.say("%s is faster than the process", t.user.login)
	w.ledger.hurried[t.ref.ID] = w.clock.Now()
	switch t.kind {
	case record.Calendar:
		w.changeOwn(t, w.rename(t, w.newTitle(t.canary, record.Outlook)))
	case record.Contacts:
		w.scribble(t, w.sameSpot(w.contactSpots(), t, body))
	case record.Tasks:
		w.scribble(t, w.sameSpot(todoSpots(), t, body))
	}
	return nil
}

// aimed is the thing in Outlook that a request of ours is about to change; ok is false if it changes none, or one that nobody
// there may change.
func (w *world) aimed(request *http.Request, body []byte) (aim thing, ok bool) {
	where := request.URL.Path
	switch {
	case strings.HasSuffix(where, "/$batch") && bytes.Contains(body, []byte(`"DELETE"`)):
		where, _ = url.PathUnescape(string(body))
	case request.Method == http.MethodDelete && strings.Contains(where, "/todo/"):
		// To Do minds no condition of a DELETE (G-130): one that leaves alone removes whatever is there.
	case request.Method == http.MethodGet && strings.HasPrefix(request.URL.Query().Get("$select"), "id,"):
		// Nobody knows whether Exchange minds the condition of a DELETE (G-89): after this look nothing holds it back.
	case request.Method == http.MethodPatch && !w.hurryToKeep:
	default:
		return thing{}, false
	}
	for _, t := range w.all() {
		if t.ref.Side == record.Outlook && strings.Contains(where, t.ref.ID) {
			return t, t.raw["isOrganizer"] != false && t.raw["recurrence"] == nil && !w.gone[t.user.mailbox]
		}
	}
	return thing{}, false
}

// sameSpot draws one of the places that a request writes: there a write that does not look would do the most harm.
func (w *world) sameSpot(spots []spot, t thing, body []byte) spot {
	var same []spot
	for _, s := range spots {
		for key := range s.write(t.raw, "x") { // any order: one is enough
			if !s.common && bytes.Contains(body, []byte(`"`+key+`"`)) {
				same = append(same, s)
				break
			}
		}
	}
	if len(same) == 0 {
		return spots[0]
	}
	return pick(w.rng, same...)
}

// peek reads the body of a request and leaves it as it is.
func peek(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// untouched is within how long after a person wrote into a copy we cannot have told anybody of it: a piece of work that had already
// decided to remove the copy removes what nobody has seen.
const untouched = time.Minute

// checkHaste (I5): a copy into which somebody wrote while we were about to remove it stays.
func (w *world) checkHaste() {
	for _, t := range w.touches() {
		if !t.ours || t.op != "delete" || t.side != record.Outlook {
			continue
		}
		at, hurried := w.ledger.hurried[t.id]
		if hurried && !t.at.Before(at) && t.at.Sub(at) < untouched && !w.ledger.erased[canaryOf(titleOf(t.before))] && !w.mistaken(canaryOf(titleOf(t.before))) {
			w.violate("I5", "we deleted %q in Outlook, into which its owner wrote a moment before", titleOf(t.before))
		}
	}
}

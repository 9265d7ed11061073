package simulator

import (
	"net/http"
	"strings"
	"time"

	"raynetsync/internal/record"
)

// creates reports whether a request makes a new thing, which made twice would be two.
func creates(side record.Side, request *http.Request) bool {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	last := parts[len(parts)-1]
	if side == record.Raynet {
		return request.Method == http.MethodPut && len(parts) == 3
	}
	return request.Method == http.MethodPost && (last == "events" || last == "contacts" || last == "tasks")
}

// patience is for how long at least nothing is repeated of which nobody knows whether it happened: the settle horizon, but for the
// time that the request itself took.
const patience = settle - time.Minute

// unclear carries a create and looks whether it is the same, to the byte, as one that got no clear answer a moment ago (I3): until that
// one can no longer land, a repeat may make a second thing. Who lost the memory of it cannot know.
func (w *world) unclear(side record.Side, request *http.Request, carry func() (*http.Response, error)) (*http.Response, error) {
	if !creates(side, request) {
		return carry()
	}
	body, err := peek(request)
	if err != nil {
		return nil, err
	}
	left, now := request.URL.Path+" "+string(body), w.clock.Now()
	if at, open := w.meter.unclear[left]; open && now.Sub(at) < patience && !w.memory.lost(at) {
		w.violate("I3", "%s %s of %s is repeated at once, and nobody knows what became of it", request.Method, request.URL.Path, at.Format("15:04:05"))
	}
	response, err := carry()
	if err != nil || response.StatusCode > http.StatusInternalServerError { // by a 500 RAYNET refuses too
		w.meter.unclear[left] = now
	}
	return response, err
}

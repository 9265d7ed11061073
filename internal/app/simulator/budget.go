package simulator

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing/iotest"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The limits of both services, as the design promises to keep them.
const (
	// reserve is the percentage of RAYNET's daily requests that is left to others.
	reserve = 10
	// mostFlying is how many of our requests may be at RAYNET at one time.
	mostFlying = 3
	// mostRefused is how many logins RAYNET may refuse before it locks our address.
	mostRefused = 20
	// busyDay is RAYNET's daily allowance in histories in which it may run out.
	busyDay = 6000
)

// mostLate is how many requests may follow one that was asked for patience: those that were under way with it, which the simulator
// lets pass one by one.
const mostLate = 3

// mostBegun is how many may follow one that was refused without a word of how long to wait: the links that a cycle works on at one time.
const mostBegun = 16

// unsaid is for how long at least a service is left alone that does not say for how long.
const unsaid = time.Minute

// limits lists what others do to the limits that we share with them.
func limits() []verb {
	return []verb{upset("RAYNET: others use up the day", 3, (*world).spend)}
}

// spend lets others make so many requests that about the reserve is left, sometimes less.
func (w *world) spend() {
	left := w.budget * (reserve - 2 + w.rng.IntN(5)) / 100
	if used := w.meter.left - left; w.budget > 0 && used > 0 {
		w.raynet.SpendQuota(used)
		w.say("others make %d requests to RAYNET", used)
	}
}

// meter watches, from the outside, what the product asks of the services.
type meter struct {
	flying int
	// left and limit are RAYNET's, as its latest answer told them, day is when they were told.
	left, limit int
	day         time.Time
	refused     int // logins in a row
	// until says before when a service wants no request, by what it is asked for.
	until map[string]time.Time
	// turn counts the pieces of work of the process: what waits for the next one waits long enough. closed says in which one a
	// service asked for patience.
	turn   int
	closed map[string]int
	// reads says that it was a read which a service refused without a word of how long to wait: that is repeated by itself.
	reads map[string]bool
	late  map[string]int // requests since then
	// acts counts the actions of the write protocol, doing is the one under way, 0 for none, and asking is the last one of which a request
	// counted as late: a look-up that was under way goes on, however much it asks.
	acts, doing int
	asking      map[string]int
	// unclear says when each create left, by its bytes, that got no clear answer.
	unclear map[string]time.Time
	// most says how many there may be.
	most map[string]int
}

// watch carries requests of the process to a service and looks whether they may be made at all.
func (w *world) watch(side record.Side, next http.RoundTripper) http.RoundTripper {
	return stage.RoundTrip(func(request *http.Request) (*http.Response, error) {
		if side == record.Raynet {
			if err := w.overhear(request); err != nil {
				return nil, err
			}
			w.mayAsk()
		}
		scope := scopeOf(side, request)
		w.mayDisturb(scope, request)
		w.meter.flying++
		response, err := w.unclear(side, request, func() (*http.Response, error) { return next.RoundTrip(request) })
		w.meter.flying--
		if err == nil {
			w.heed(side, scope, request.Method, response)
		}
		return response, err
	})
}

// overhear keeps what is sent to RAYNET.
func (w *world) overhear(request *http.Request) error {
	w.sent.WriteString(request.URL.RequestURI() + "\n")
	if request.Body == nil {
		return nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	w.sent.Write(append(body, '\n'))
	return nil
}

// mayAsk (I9): RAYNET never has more than a few requests of ours at once, keeps its reserve, and is not asked to refuse us for ever.
func (w *world) mayAsk() {
	m := &w.meter
	w.exercise("I9", 1)
	if m.flying >= mostFlying {
		w.violate("I9", "%d requests at once are at RAYNET", m.flying+1)
	}
	if w.budget > 0 && m.limit > 0 && m.left*100 < m.limit*reserve && m.day.Equal(w.today()) {
		w.violate("I9", "%d of %d requests are left, and another one was made", m.left, m.limit)
	}
	if m.refused >= mostRefused {
		w.violate("I9", "the login was refused %d times in a row and is tried again", m.refused)
	}
}

// mayDisturb (I9): who was told to wait does not ask again in the same piece of work, but for what was under way already.
func (w *world) mayDisturb(scope string, request *http.Request) {
	m := &w.meter
	if at, told := m.closed[scope]; !told || at != m.turn || !w.clock.Now().Before(m.until[scope]) {
		return
	}
	w.stats.Impatient++
	if m.most[scope] == mostBegun && m.doing != 0 && m.asking[scope] == m.doing {
		return
	}
	m.asking[scope] = m.doing
	if m.late[scope]++; m.late[scope] > m.most[scope] {
		w.violate("I9", "%s %s though %s asked for patience until %s", request.Method, request.URL.Path, scope, m.until[scope].Format("15:04:05"))
	}
}

// act notes that an action of the write protocol begins; the returned function ends it.
func (m *meter) act() (done func()) {
	before := m.doing
	m.acts++
	m.doing = m.acts
	return func() { m.doing = before }
}

// heed notes what an answer says about limits.
func (w *world) heed(side record.Side, scope, method string, response *http.Response) {
	m := &w.meter
	if side == record.Raynet && arrived(response) {
		if left, err := strconv.Atoi(response.Header.Get("X-Ratelimit-Remaining")); err == nil {
			m.left, m.day = left, w.today()
			m.limit, _ = strconv.Atoi(response.Header.Get("X-Ratelimit-Limit"))
		}
		if response.StatusCode == http.StatusUnauthorized {
			m.refused++
		} else {
			m.refused = 0
		}
	}
	if response.StatusCode != http.StatusTooManyRequests {
		if m.reads[scope] && method == http.MethodGet && response.StatusCode < http.StatusMultipleChoices {
			delete(m.closed, scope) // it answers again: what it refuses from now on, nobody has been told yet
			delete(m.reads, scope)
		}
		return
	}
	said, wait, most := response.Header.Get("Retry-After"), unsaid, mostBegun
	if seconds, err := strconv.ParseFloat(said, 64); err == nil {
		wait, most = time.Duration(seconds*float64(time.Second)), mostLate
	} else if said != "" {
		return // a date, by the service's own clock
	}
	if at, told := m.closed[scope]; !told || at != m.turn {
		m.late[scope], m.reads[scope] = 0, method == http.MethodGet && most == mostBegun
	} else if most == mostLate {
		m.reads[scope] = false
	}
	m.until[scope], m.closed[scope], m.most[scope] = w.clock.Now().Add(wait), m.turn, most
}

// checkPatience (I9): a cycle that was asked for patience tells whoever decides when to go on for how long.
func (w *world) checkPatience(u user, outcome engine.Outcome, err error) {
	m := &w.meter
	for side, scope := range map[record.Side]string{record.Raynet: "RAYNET", record.Outlook: "the mailbox " + u.mailbox} { // any order: each is looked at
		failure := outcome.Stop[side]
		if failed, ok := errors.AsType[*remote.Error](err); ok && failed.Side == side {
			failure = failed
		}
		if at, told := m.closed[scope]; !told || at != m.turn || m.most[scope] != mostLate || remote.KindOf(failure) != remote.Throttled {
			continue
		}
		w.exercise("I9", 1)
		on := remote.RetryAt(failure)
		if outcome.RetryAt.After(on) {
			on = outcome.RetryAt
		}
		if on.Before(m.until[scope]) {
			w.violate("I9", "%s asked for patience until %s, and the cycle says that it may go on at %s", scope, m.until[scope].Format("15:04:05"), on.Format("15:04:05"))
		}
	}
}

// arrived reports whether all of an answer arrives; only then anybody can know what it says.
func arrived(response *http.Response) bool {
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	var rest io.Reader = bytes.NewReader(body)
	if err != nil {
		rest = io.MultiReader(rest, iotest.ErrReader(err))
	}
	response.Body = io.NopCloser(rest)
	return err == nil
}

// scopeOf is what a service counts a request against: RAYNET the instance, Graph the mailbox.
func scopeOf(side record.Side, request *http.Request) string {
	if side == record.Raynet {
		return "RAYNET"
	}
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if len(parts) > 2 && parts[1] == "users" {
		return "the mailbox " + parts[2]
	}
	if mailbox := ofBatch(request); mailbox != "" {
		return "the mailbox " + mailbox
	}
	return "Graph"
}

// ofBatch is the mailbox of the first part of a batch, empty if the request is none. All parts of ours are about one mailbox.
func ofBatch(request *http.Request) string {
	if !strings.HasSuffix(request.URL.Path, "/$batch") || request.Body == nil {
		return ""
	}
	body, err := io.ReadAll(request.Body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(body), "users/")
	mailbox, _, _ := strings.Cut(rest, "/")
	return mailbox
}

// reserve is what the running product is told to leave to others.
func (w *world) reserve() int {
	if w.budget > 0 {
		return reserve
	}
	return -1
}

// today is the day by which RAYNET counts.
func (w *world) today() time.Time { return w.clock.Now().UTC().Truncate(24 * time.Hour) }

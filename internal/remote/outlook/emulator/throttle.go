package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// places is how many requests one application may have in flight per mailbox. // G-50
const places = 4

const throttleWindow = 10 * time.Minute

// enter takes the mailbox's places for a call and says how long the call lasts. What finds no place is marked to be
// refused and lasts no time.
func (s *Server) enter(c *call) (work time.Duration, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.take(c)
	switch {
	case c.crowded:
	case s.opts.FlatBatches:
		work = s.latency
	default:
		work = s.latency * time.Duration(c.rounds())
	}
	return work, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for mb, n := range held {
			mb.inFlight -= n
		}
	}
}

// take counts the call's places: one, or as many as the parts of a parallel batch need, at most four. Parts that find
// none are refused one by one. // G-51
func (s *Server) take(c *call) map[*mailbox]int {
	held := map[*mailbox]int{}
	if c.batch == nil {
		if mb := s.boxOf(c.path); mb != nil {
			c.crowded = mb.inFlight >= places
			s.hold(held, mb, 1)
		}
		return held
	}
	wanted := map[*mailbox]int{}
	for _, part := range c.batch.parts {
		mb := s.boxOf(part.path)
		if mb != nil && (wanted[mb] == 0 || !c.batch.serial && wanted[mb] < places) {
			wanted[mb]++
		}
	}
	for mb, n := range wanted {
		s.hold(held, mb, n)
	}
	seen := map[*mailbox]int{}
	for _, part := range c.batch.parts {
		if mb := s.boxOf(part.path); mb != nil {
			part.crowded = seen[mb]%wanted[mb] >= held[mb]
			seen[mb]++
		}
	}
	return held
}

func (s *Server) hold(held map[*mailbox]int, mb *mailbox, wanted int) {
	n := min(wanted, places-mb.inFlight)
	held[mb] = n
	mb.inFlight += n
}

// boxOf is the mailbox whose store a path needs; the directory has other limits.
func (s *Server) boxOf(path []string) *mailbox {
	if len(path) < 3 || path[0] != "users" {
		return nil
	}
	return s.box(path[1])
}

// admit counts a request against its mailbox's limits and refuses what is over them.
func (s *Server) admit(c *call, mb *mailbox) *answer {
	if c.crowded {
		a := c.throttled("MailboxConcurrency").with("Retry-After", "1")
		return &a
	}
	if c.now.Sub(mb.window) >= throttleWindow {
		mb.window, mb.requests = c.now, 0
	}
	mb.requests++
	if limit := s.opts.RequestsPerMailbox; limit > 0 && mb.requests > limit {
		wait := mb.window.Add(throttleWindow).Sub(c.now)
		a := c.throttled("RequestsRate").with("Retry-After", fmt.Sprint(int(wait.Seconds())+1))
		return &a
	}
	return nil
}

// throttled is the refusal of what came too much. To Do has words of its own for it. // G-120
func (c *call) throttled(limit string) answer {
	if len(c.path) > 2 && c.path[2] == "todo" {
		return innerProblem(http.StatusTooManyRequests, "activityLimitReached", "ApplicationThrottled", "The app or user has been throttled.")
	}
	return problem(http.StatusTooManyRequests, "ApplicationThrottled", "Application is over its %s limit.", limit)
}

// slow is how long "[slow]" takes.
const slow = 3 * time.Second

// dataFaults looks for fault words in the written subjects, titles and names of a call and its parts. A refusal is left in the call
// that it meets; the delay and a lost answer concern the whole request.
func (s *Server) dataFaults(c *call) (delay time.Duration, lost bool) {
	if !s.opts.DataFaults {
		return 0, false
	}
	calls := []*call{c}
	if c.batch != nil {
		calls = c.batch.parts
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range calls {
		switch s.dataFault(one) {
		case "[429]":
			a := one.throttled("MailboxConcurrency").with("Retry-After", "2")
			one.refusal = &a
		case "[503]":
			one.refusal = &answer{status: http.StatusServiceUnavailable}
		case "[slow]":
			delay += slow
		case "[lost-reply]":
			lost = true
		}
	}
	return delay, lost
}

// dataFault is the next fault word of a call. Every item has each of its faults once.
func (s *Server) dataFault(c *call) string {
	if c.method != http.MethodPost && c.method != http.MethodPatch {
		return ""
	}
	v, _ := decode(c.body)
	var names strings.Builder
	for _, name := range []string{"subject", "title", "displayName", "givenName", "middleName", "surname", "nickName", "companyName"} {
		names.WriteString(text(v[name]))
	}
	written := names.String()
	key := text(v["transactionId"])
	if key == "" {
		key = strings.Join(c.path, "/") + written
	}
	for _, word := range []string{"[429]", "[503]", "[slow]", "[lost-reply]"} {
		if strings.Contains(written, word) && !s.once[word+key] {
			s.once[word+key] = true
			return word
		}
	}
	return ""
}

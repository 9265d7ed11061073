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

// enter takes the mailbox's place for a request and says how long the request lasts. A request for which there is no
// place carries on: admit refuses it.
func (s *Server) enter(c *call) (work time.Duration, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.take(c)
	work = s.latency * time.Duration(c.rounds())
	return work, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for mb, n := range held {
			mb.inFlight -= n
		}
	}
}

// take counts the call's places: one, or as many as the parts of a parallel batch need, at most four. // G-51
func (s *Server) take(c *call) map[*mailbox]int {
	wanted := map[*mailbox]int{}
	if !c.isBatch() {
		if mb := s.boxOf(c.path); mb != nil {
			wanted[mb] = 1
		}
	} else {
		serial := c.serialBatch()
		for _, path := range c.partPaths() {
			mb := s.boxOf(path)
			if mb != nil && (wanted[mb] == 0 || !serial && wanted[mb] < places) {
				wanted[mb]++
			}
		}
	}
	for mb, n := range wanted {
		mb.inFlight += n
	}
	return wanted
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
	if mb.inFlight > places {
		a := throttled("MailboxConcurrency").with("Retry-After", "1")
		return &a
	}
	if c.now.Sub(mb.window) >= throttleWindow {
		mb.window, mb.requests = c.now, 0
	}
	mb.requests++
	if limit := s.opts.RequestsPerMailbox; limit > 0 && mb.requests > limit {
		wait := mb.window.Add(throttleWindow).Sub(c.now)
		a := throttled("RequestsRate").with("Retry-After", fmt.Sprint(int(wait.Seconds())+1))
		return &a
	}
	return nil
}

func throttled(limit string) answer {
	return problem(http.StatusTooManyRequests, "ApplicationThrottled", "Application is over its %s limit.", limit)
}

// dataFault is what a text in the request's subject asks for.
type dataFault struct {
	answer *answer
	delay  time.Duration
	lost   bool
}

// slow is how long "[slow]" takes.
const slow = 3 * time.Second

// dataFault looks for a fault word in a written subject. Every event has each of its faults once.
func (s *Server) dataFault(c *call) (f dataFault) {
	if !s.opts.DataFaults || c.method != http.MethodPost && c.method != http.MethodPatch || len(c.path) < 3 {
		return f
	}
	v, _ := decode(c.body)
	subject := text(v["subject"])
	key := text(v["transactionId"])
	if key == "" {
		key = strings.Join(c.path, "/") + subject
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, word := range []string{"[429]", "[503]", "[slow]", "[lost-reply]"} {
		if !strings.Contains(subject, word) || s.once[word+key] {
			continue
		}
		s.once[word+key] = true
		switch word {
		case "[429]":
			a := throttled("MailboxConcurrency").with("Retry-After", "2")
			return dataFault{answer: &a}
		case "[503]":
			return dataFault{answer: &answer{status: http.StatusServiceUnavailable}}
		case "[slow]":
			f.delay = slow
		case "[lost-reply]":
			f.lost = true
		}
	}
	return f
}

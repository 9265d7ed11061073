package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/remote/chaos"
)

// NamedFault is an accident that can be switched on by its name.
type NamedFault struct {
	Name     string
	Sentence string // what happens, for people
}

// fault is how a name is switched.
type fault struct {
	name     string
	sentence string
	wire     *chaos.Fault // in front of Graph
	on, off  func(s *Server)
}

// Faults lists the accidents by name: the rows of the fault catalogue about users, tokens, events, delta and batches.
func (s *Server) Faults() []NamedFault {
	var out []NamedFault
	for _, f := range catalogue() {
		out = append(out, NamedFault{f.name, f.sentence})
	}
	return out
}

// Inject switches an accident on. "mailbox-gone" may be followed by ":" and a mailbox.
func (s *Server) Inject(name string) error { return s.toggle(name, true) }

// Heal switches an accident off. Delta tokens that died stay dead.
func (s *Server) Heal(name string) error { return s.toggle(name, false) }

func (s *Server) toggle(name string, on bool) error {
	key, who, _ := strings.Cut(name, ":")
	all := catalogue()
	i := slices.IndexFunc(all, func(f fault) bool { return f.name == key })
	if i < 0 {
		return fmt.Errorf("fault %q: %w", name, ErrUnknown)
	}
	f := all[i]
	if f.wire != nil {
		if !on {
			s.layer.Clear(f.name)
			if f.wire.Effect == chaos.EffectLateCommit {
				s.layer.Settle() // what it holds back is applied
			}
			return nil
		}
		w := *f.wire
		w.Name = f.name
		s.layer.Set(w)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "mailbox-gone" {
		if err := s.toggleMailbox(who, on); err != nil {
			return err
		}
		s.faults[key] = on
		return nil
	}
	s.faults[f.name] = on
	change := f.on
	if !on {
		change = f.off
	}
	if change != nil {
		change(s)
	}
	return nil
}

// toggleMailbox takes a mailbox away, the last one when none is named.
func (s *Server) toggleMailbox(who string, on bool) error {
	if len(s.boxes) == 0 {
		return errNoMailbox(who)
	}
	mb := s.boxes[len(s.boxes)-1]
	if who != "" {
		mb = s.box(who)
	}
	if mb == nil {
		return errNoMailbox(who)
	}
	mb.state = StateOK
	if on {
		mb.state = StateSoftDeleted
	}
	return nil
}

// Active lists the names of the accidents that are on, sorted.
func (s *Server) Active() []string {
	var out []string
	for _, f := range s.layer.Faults() {
		out = append(out, f.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, on := range s.faults {
		if on {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func catalogue() []fault {
	return slices.Concat(wireFaults(), tokenFaults(), identityFaults(), deltaFaults(), storeFaults(), directoryFaults())
}

func wireFaults() []fault {
	status := func(status, every int, header map[string]string, body string) *chaos.Fault {
		return &chaos.Fault{Effect: chaos.EffectStatus, Status: status, Every: every, Header: header, Body: body}
	}
	const concurrency = `{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit.","innerError":{"code":"MailboxConcurrency"}}}`
	const unknown = `{"error":{"code":"UnknownError","message":"","innerError":{}}}`
	const conflict = `{"error":{"code":"ErrorIrresolvableConflict","message":"The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.","innerError":{}}}`
	return []fault{
		{name: "graph-429", sentence: "every third request on a mailbox is throttled for two seconds", wire: status(429, 3, map[string]string{"Retry-After": "2"}, concurrency)},
		{name: "graph-429-fraction", sentence: "every third request is throttled for 2.128 seconds", wire: status(429, 3, map[string]string{"Retry-After": "2.128"}, concurrency)},
		{name: "graph-429-no-header", sentence: "every third request is throttled without saying for how long", wire: status(429, 3, nil, concurrency)},
		{name: "graph-429-date", sentence: "every third request is throttled until a date that is long past", wire: status(429, 3, map[string]string{"Retry-After": "Mon, 01 Jan 2024 00:00:00 GMT"}, concurrency)},
		{name: "graph-503-empty", sentence: "every third request answers 503 without a body", wire: status(503, 3, nil, "")},
		{name: "graph-502-html", sentence: "every third request answers 502 with a web page", wire: status(502, 3, map[string]string{"Content-Type": "text/html"}, "<html><body><h1>502 Bad Gateway</h1></body></html>")},
		{name: "graph-504", sentence: "every third request answers 504 UnknownError", wire: status(504, 3, nil, unknown)},
		{name: "graph-down", sentence: "every request answers 503", wire: status(503, 1, nil, "")},
		{name: "graph-412", sentence: "every second PATCH is refused as a conflict that nobody caused", wire: &chaos.Fault{Effect: chaos.EffectStatus, Method: "PATCH", Status: 412, Every: 2, Body: conflict}},
		{name: "graph-reset", sentence: "every third write is cut off before it arrives", wire: &chaos.Fault{Effect: chaos.EffectDropRequest, Method: "POST", Every: 3}},
		{name: "graph-lost-reply", sentence: "every third creation happens and its answer is lost", wire: &chaos.Fault{Effect: chaos.EffectLoseAnswer, Method: "POST", Every: 3}},
		{name: "graph-lost-reply-patch", sentence: "every third change happens and its answer is lost", wire: &chaos.Fault{Effect: chaos.EffectLoseAnswer, Method: "PATCH", Every: 3}},
		{name: "graph-late-commit", sentence: "every third creation is cut off and happens a minute later", wire: &chaos.Fault{Effect: chaos.EffectLateCommit, Method: "POST", Every: 3, After: time.Minute}},
		{name: "graph-truncated", sentence: "every third list is cut off in the middle", wire: &chaos.Fault{Effect: chaos.EffectTruncate, Method: "GET", Every: 3}},
	}
}

// renew makes the tokens that are out worthless, so that a change of permissions is seen at once.
func renew(s *Server) { s.epoch++ }

func tokenFaults() []fault {
	return []fault{
		{name: "token-wrong-secret", sentence: "the client secret is refused as wrong (AADSTS7000215)", on: renew},
		{name: "token-expired-secret", sentence: "the client secret has expired (AADSTS7000222)", on: renew},
		{name: "token-no-roles", sentence: "consent is missing: tokens come without roles", on: renew, off: renew},
		{name: "token-expires-early", sentence: "the tokens that are out stop working now", on: func(s *Server) { s.epoch++; delete(s.faults, "token-expires-early") }},
		{name: "token-blocked", sentence: "Conditional Access blocks the application (AADSTS53003)", on: renew},
		{name: "token-throttled", sentence: "the token endpoint is throttled (AADSTS90055)", on: renew},
		{name: "token-unavailable", sentence: "the token endpoint has a transient error (AADSTS90033)", on: renew},
		{name: "token-disabled", sentence: "the application is disabled in the tenant (AADSTS7000112)",
			on: func(s *Server) { s.disabled = true; s.epoch++ }, off: func(s *Server) { s.disabled = false }},
	}
}

func directoryFaults() []fault {
	return []fault{
		{name: "entra-lag", sentence: "new applications, service principals and secrets are unknown for ten seconds"},
		{name: "entra-secret-capped", sentence: "a policy of the tenant lets secrets and certificates live for 180 days at most"},
		{name: "entra-secret-forbidden", sentence: "a policy of the tenant forbids secrets"},
		{name: "entra-consent-partial", sentence: "Contacts.ReadWrite is consented to and never appears in tokens"},
		{name: "entra-device-blocked", sentence: "Conditional Access blocks device codes (AADSTS53003)"},
	}
}

// kill ends the delta tokens that are out, once.
func kill(name, how string) func(s *Server) {
	return func(s *Server) {
		s.deltaEra++
		s.death = how
		delete(s.faults, name)
	}
}

func deltaFaults() []fault {
	return []fault{
		{name: "delta-410", sentence: "all delta tokens die: 410 with a Location", on: kill("delta-410", "location")},
		{name: "delta-410-bare", sentence: "all delta tokens die: 410 without a Location", on: kill("delta-410-bare", "gone")},
		{name: "delta-resync", sentence: "all delta tokens die: 400 resyncRequired", on: kill("delta-resync", "resync")},
		{name: "delta-not-found", sentence: "all delta tokens die: 400 syncStateNotFound", on: kill("delta-not-found", "not-found")},
		{name: "delta-bad-token", sentence: "all delta tokens die: 400 Badly formed token", on: kill("delta-bad-token", "badly-formed")},
		{name: "delta-404-once", sentence: "the next delta request answers 404, the one after it works"},
		{name: "delta-endless", sentence: "delta gives the same page again and again and never ends"},
		{name: "delta-duplicates", sentence: "delta repeats entries within a round and in the next one"},
		{name: "delta-empty-pages", sentence: "every page of delta is followed or preceded by an empty one"},
		{name: "delta-lag", sentence: "changes appear in delta 45 seconds late"},
		{name: "delta-removed-unknown", sentence: "every round reports the removal of an event that never was, the first round too"},
		{name: "delta-master-missing", sentence: "delta leaves series masters out"},
		{name: "contact-last-deletion-silent", sentence: "the deletion of a folder's last contact is told by no delta"},
		{name: "delta-moved-back", sentence: "an event that was moved away and back stays reported as removed"},
	}
}

func storeFaults() []fault {
	return []fault{
		{name: "mailbox-gone", sentence: "a mailbox is gone: the last one, or the one named after a colon"},
		{name: "etag-churn", sentence: "every new event and contact is touched by the service two seconds later"},
		{name: "batch-inner-429", sentence: "the second of every three parts of a batch is throttled"},
		{name: "list-lag", sentence: "new events and contacts appear in lists and filters 45 seconds late, while a read by id finds them"},
		{name: "todo-no-extensions", sentence: "To Do refuses open extensions to applications"},
		{name: "odd-zones", sentence: "events show custom time zone names in place of their own"},
		{name: "odd-data", sentence: "some events and contacts carry control characters, half characters, year 0001, unknown values and properties"},
	}
}

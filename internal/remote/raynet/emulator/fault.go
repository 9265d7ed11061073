package emulator

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"raynetsync/internal/remote/chaos"
)

// NamedFault is one entry of the catalogue.
type NamedFault struct {
	Name string `json:"name"`
	// Says is one English sentence for people.
	Says string `json:"says"`
	// On tells whether it is injected now.
	On bool `json:"on"`
}

// entry is a named fault: one of the network, or a switch of the service.
type entry struct {
	name, says string
	network    *chaos.Fault
	flip       func(*Switches, bool)
	is         func(Switches) bool
}

func network(name, says string, f chaos.Fault) entry {
	f.Name = name
	return entry{name: name, says: says, network: &f}
}

// mode is a switch that has one unusual position; Heal puts back the default one.
func mode[T ~string](name, says string, place func(*Switches) *T, unusual T) entry {
	return entry{
		name: name, says: says,
		flip: func(sw *Switches, on bool) {
			*place(sw) = ""
			if on {
				*place(sw) = unusual
			}
		},
		is: func(sw Switches) bool { return *place(&sw) == unusual },
	}
}

func toggle(name, says string, place func(*Switches) *bool) entry {
	return entry{
		name: name, says: says,
		flip: func(sw *Switches, on bool) { *place(sw) = on },
		is:   func(sw Switches) bool { return *place(&sw) },
	}
}

func catalogue() []entry { return append(networkFaults(), serviceFaults()...) }

func networkFaults() []entry {
	writes := "PUT,POST,DELETE"
	message := func(text string) string { return `{"message":"` + text + `"}` }
	return []entry{
		network("raynet-429", "Every third request is turned away because too many connections are open.",
			chaos.Fault{Effect: chaos.EffectStatus, Status: 429, Every: 3, Body: message("Too many connections")}),
		network("raynet-500", "Every fourth write ends in an unexplained server error and is not applied.",
			chaos.Fault{Effect: chaos.EffectStatus, Status: 500, Every: 4, Method: writes, Body: message("NullPointerException")}),
		network("raynet-503", "Every third request meets a service in maintenance.",
			chaos.Fault{Effect: chaos.EffectStatus, Status: 503, Every: 3, Body: message("Service Unavailable")}),
		network("raynet-drop", "Every third request loses its connection before RAYNET sees it.",
			chaos.Fault{Effect: chaos.EffectDropRequest, Every: 3}),
		network("raynet-forbidden", "Writes are refused because the API user has lost the right.",
			chaos.Fault{Effect: chaos.EffectStatus, Status: 403, Method: writes, Body: message("AttributeAccessDeniedException")}),
		network("raynet-late-commit", "Every third write is cut off and applied a minute later.",
			chaos.Fault{Effect: chaos.EffectLateCommit, Every: 3, Method: writes, After: time.Minute}),
		network("raynet-lost-reply", "Every third write is applied but its answer is lost.",
			chaos.Fault{Effect: chaos.EffectLoseAnswer, Every: 3, Method: writes}),
		network("raynet-slow", "Every request takes three seconds longer.",
			chaos.Fault{Effect: chaos.EffectDelay, After: slowBy}),
		network("raynet-truncate", "Every third answer to a read breaks off in the middle.",
			chaos.Fault{Effect: chaos.EffectTruncate, Every: 3, Method: "GET"}),
		network("raynet-twice", "Every third create is applied twice, as an impatient proxy does.",
			chaos.Fault{Effect: chaos.EffectTwice, Every: 3, Method: "PUT"}),
		network("raynet-unauthorized", "The API key has been withdrawn.",
			chaos.Fault{Effect: chaos.EffectStatus, Status: 401, Body: message("Unauthorized")}),
	}
}

func serviceFaults() []entry {
	return []entry{
		toggle("raynet-quota", "The day's requests are used up.",
			func(sw *Switches) *bool { return &sw.QuotaSpent }),
		toggle("raynet-locked", "Every record answers writes as if somebody had locked it.",
			func(sw *Switches) *bool { return &sw.LockedRecords }),
		toggle("raynet-invisible", "Activities whose id ends in 0 are out of the API user's sight.",
			func(sw *Switches) *bool { return &sw.InvisibleTenth }),
		toggle("raynet-success-text", "Every answer says success \"true\" as text.",
			func(sw *Switches) *bool { return &sw.SuccessAsText }),
		mode("raynet-extid-ignored", "An external id given on create is silently dropped.",
			func(sw *Switches) *Mode { return &sw.ExtIDOnCreate }, Ignore),
		mode("raynet-extid-refused", "An external id given on create is a business error.",
			func(sw *Switches) *Mode { return &sw.ExtIDOnCreate }, Refuse),
		mode("raynet-extras-refused", "Place, participants or custom fields on create are bad input.",
			func(sw *Switches) *Mode { return &sw.ExtrasOnCreate }, Refuse),
		mode("raynet-field-refused", "The API user may not write the place of a meeting.",
			func(sw *Switches) *string { return &sw.RefusedField }, "meetingPlace"),
		mode("raynet-over-limit", "Asking for more than 1000 rows is bad input.",
			func(sw *Switches) *Mode { return &sw.OverLimit }, Refuse),
		mode("raynet-owner-ignored", "An owner in an update is silently dropped.",
			func(sw *Switches) *Mode { return &sw.OwnerOnUpdate }, Ignore),
		mode("raynet-replace-participants", "An update removes the participants that it does not mention.",
			func(sw *Switches) *Participants { return &sw.Participants }, Replace),
		mode("raynet-status-ignored", "Status and personal given on create are silently dropped.",
			func(sw *Switches) *Mode { return &sw.StatusOnCreate }, Ignore),
	}
}

// Faults lists everything that Inject knows, sorted by name.
func (s *Server) Faults() []NamedFault {
	armed := s.layer.Faults()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []NamedFault
	for _, e := range catalogue() {
		shown := NamedFault{Name: e.name, Says: e.says}
		if e.network != nil {
			shown.On = slices.ContainsFunc(armed, func(f chaos.Fault) bool { return f.Name == e.name })
		} else {
			shown.On = e.is(s.switches)
		}
		out = append(out, shown)
	}
	slices.SortFunc(out, func(a, b NamedFault) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Inject turns a named fault on; an unknown name is an error.
func (s *Server) Inject(name string) error { return s.turn(name, true) }

// Heal turns a named fault off; what a late commit holds back is applied then.
func (s *Server) Heal(name string) error { return s.turn(name, false) }

func (s *Server) turn(name string, on bool) error {
	all := catalogue()
	at := slices.IndexFunc(all, func(e entry) bool { return e.name == name })
	if at < 0 {
		return fmt.Errorf("raynet emulator: no fault named %q", name)
	}
	e := all[at]
	switch {
	case e.network == nil:
		s.Switch(func(sw *Switches) { e.flip(sw, on) })
	case on:
		s.layer.Set(*e.network)
	default:
		s.layer.Clear(name)
		if e.network.Effect == chaos.EffectLateCommit {
			s.layer.Settle()
		}
	}
	return nil
}

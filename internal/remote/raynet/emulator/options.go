package emulator

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"raynetsync/internal/remote/chaos"
)

// Mode answers one question about RAYNET that the sources leave open.
type Mode string

const (
	// Accept does what the caller asked.
	Accept Mode = "accept"
	// Ignore answers well and does nothing.
	Ignore Mode = "ignore"
	// Refuse answers with an error.
	Refuse Mode = "refuse"
)

// Participants says what becomes of participants that a POST does not mention.
type Participants string

const (
	// Patch keeps them.
	Patch Participants = "patch"
	// Replace removes them, except the owner and a task's resolver.
	Replace Participants = "replace"
)

// Switches are the behaviours that may differ from one RAYNET to the next. The zero value of each field is the default
// named first.
type Switches struct {
	// Participants is Patch or Replace.
	Participants Participants
	// OwnerOnUpdate is Refuse (403) or Ignore, for activities.
	OwnerOnUpdate Mode
	// ExtIDOnCreate is Accept, Ignore or Refuse (500).
	ExtIDOnCreate Mode
	// ExtrasOnCreate is Ignore, Refuse (400) or Accept: meetingPlace, participants and, on activities and persons,
	// customFields.
	ExtrasOnCreate Mode
	// StatusOnCreate is Accept or Ignore: status and personal.
	StatusOnCreate Mode
	// UnknownKeys is Ignore or Refuse (400): body keys that the service does not have.
	UnknownKeys Mode
	// OverLimit is Ignore (clamp to 1000) or Refuse (400).
	OverLimit Mode
	// ZuluSuffix is Refuse or Accept: ISO date-times that end in Z.
	ZuluSuffix Mode
	// QuietParticipants: a POST of participants alone leaves updatedAt and _version as they are.
	QuietParticipants bool
	// QuietExtID: changes of external ids leave updatedAt and _version as they are.
	QuietExtID bool
	// ComparesSeconds: lastModifiedAt filters compare stored seconds although the values show minutes.
	ComparesSeconds bool
	// DetailVersion: the detail of an activity has _version.
	DetailVersion bool
	// MergeNested: a partial contactInfo or privateAddress is merged instead of replacing the whole.
	MergeNested bool
	// LooseTasks: a task without client and without personal:true may be created.
	LooseTasks bool
	// ScheduleMovesStatus: a POST of scheduledFrom moves NEW to SCHEDULED by itself.
	ScheduleMovesStatus bool
	// SuccessAsText: success is "true" in every answer.
	SuccessAsText bool
	// RefuseIDList: the lists of persons and companies cannot be asked for several ids.
	RefuseIDList bool
	// RefusedField is a body key whose write RAYNET refuses with a business error; empty for none.
	RefusedField string
	// LockedRecords: every record answers writes as if somebody had locked it.
	LockedRecords bool
	// InvisibleTenth: activities whose id ends in 0 are out of the API user's sight.
	InvisibleTenth bool
	// QuotaSpent: the day's requests are used up.
	QuotaSpent bool
}

// Options configures an emulator; the zero value is usable.
type Options struct {
	// Now is the clock; nil means time.Now. Sleep waits (for the text marker [slow] and for chaos); nil waits really.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration)
	// Zone is the API user's time zone, an IANA name; empty means Europe/Prague.
	Zone string
	// Instance, InstanceID, User, APIKey and KeyName are what a client logs in with; empty means a made-up value.
	Instance, InstanceID, User, APIKey, KeyName string
	// Seed makes the random-looking ids (webhooks) of one emulator differ from another's.
	Seed uint64
	// DailyLimit is the quota per UTC day; 0 means 24,000.
	DailyLimit int
	// Connections is how many requests may run at a time; 0 means 4, less means no gate.
	Connections int
	// BlockedStatus is what an address gets during the hour after too many bad logins; 0 means 403.
	BlockedStatus int
	// Switches are the behaviours to begin with.
	Switches Switches
	// DataFaults makes [429], [503], [slow] and [lost-reply] in a title choose a fault for that record's first write.
	DataFaults bool
	// KeepHistory keeps every write for Server.History.
	KeepHistory bool
}

func (o Options) withDefaults() Options {
	fallback := func(value *string, other string) {
		if *value == "" {
			*value = other
		}
	}
	fallback(&o.Zone, "Europe/Prague")
	fallback(&o.Instance, "demo")
	fallback(&o.InstanceID, "fa0e0000000000000000000000000de0")
	fallback(&o.User, "sync@example.cz")
	fallback(&o.APIKey, "fake-raynet-api-key")
	fallback(&o.KeyName, "M365 sync key")
	if o.Sleep == nil {
		o.Sleep = func(ctx context.Context, d time.Duration) {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DailyLimit == 0 {
		o.DailyLimit = 24_000
	}
	if o.Connections == 0 {
		o.Connections = 4
	}
	if o.BlockedStatus == 0 {
		o.BlockedStatus = http.StatusForbidden
	}
	return o
}

// Server is the emulator. It is safe for concurrent use; make it with New.
type Server struct {
	opts  Options
	zone  *time.Location
	layer *chaos.Layer
	front http.Handler // the API behind the layer

	running atomic.Int64

	mu       sync.Mutex
	switches Switches         // guarded by mu
	door     door             // guarded by mu
	rows     *table           // guarded by mu
	hooks    []map[string]any // guarded by mu
	contacts []string         // guarded by mu; technical contacts of the webhooks
	history  []Write          // guarded by mu
	consumed map[string]bool  // guarded by mu; records whose text marker has had its turn
	apiUser  int64            // guarded by mu; person id
}

// New returns an emulator with the API user (person and user account), one security level, activity categories and
// phone types. It panics when Options.Zone is no time zone.
func New(opts Options) *Server {
	opts = opts.withDefaults()
	zone, err := time.LoadLocation(opts.Zone)
	if err != nil {
		panic(fmt.Sprintf("raynet emulator: %v", err))
	}
	s := &Server{
		opts: opts, zone: zone, switches: opts.Switches, rows: newTable(), consumed: map[string]bool{},
		door: newDoor(opts), contacts: []string{},
	}
	s.layer = chaos.New(chaos.Options{Now: opts.Now, Sleep: opts.Sleep})
	s.front = s.layer.Wrap(http.HandlerFunc(s.serveAPI))
	s.furnish()
	return s
}

// Layer is the network in front of the emulator: request log, latency, faults.
func (s *Server) Layer() *chaos.Layer { return s.layer }

// Transport calls the emulator in the caller's goroutine, without sockets.
func (s *Server) Transport() http.RoundTripper { return s.layer.Transport(s) }

// Options returns the options in force, defaults filled in: what a client needs to log in.
func (s *Server) Options() Options { return s.opts }

// Switch changes behaviours while the emulator runs.
func (s *Server) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}

// furnish puts in what every instance has.
func (s *Server) furnish() {
	now := s.opts.Now()
	level := &row{kind: kindSecurityLevel, attrs: map[string]any{"name": "Sdílená", "locked": true}}
	s.rows.insert(level, now, s.opts.User)
	for _, name := range [][2]string{{"Obchodní jednání", "519CFF"}, {"Servis", "E9802F"}, {"Interní", "60AE00"}} {
		category := &row{kind: kindActivityCategory, attrs: map[string]any{"code01": name[0], "code02": name[1]}}
		s.rows.insert(category, now, s.opts.User)
	}
	for _, name := range []string{"mobil", "pevná linka", "pager"} {
		s.rows.insert(&row{kind: kindTelType, attrs: map[string]any{"code01": name}}, now, s.opts.User)
	}
	person := map[string]any{"firstName": "Integrace", "lastName": "Microsoft 365"}
	s.apiUser, _ = s.addUser(person, s.opts.User, "ADMIN", s.opts.Zone)
}

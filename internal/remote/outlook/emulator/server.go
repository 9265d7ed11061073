package emulator

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"raynetsync/internal/remote/chaos"
)

// Obviously fake identities used when Options leaves them empty.
const (
	FakeTenant   = "11111111-1111-4111-8111-111111111111"
	FakeClient   = "22222222-2222-4222-8222-222222222222"
	FakeSecret   = "fake~client~secret~value~of~the~emulator"
	FakeSecretID = "33333333-3333-4333-8333-333333333333"
)

// Options describe the tenant. The zero value is a working tenant without users.
type Options struct {
	// Now is the clock of both services; nil means time.Now.
	Now func() time.Time
	// Sleep waits for latency; nil waits really.
	Sleep func(ctx context.Context, d time.Duration)
	// TenantID, ClientID and ClientSecret are the registration; empty means the Fake… value.
	TenantID, ClientID, ClientSecret string
	// SecretID is the id of the secret, which people paste instead of its value.
	SecretID string
	// SecretExpires is when the secret ends; the zero time means never.
	SecretExpires time.Time
	// Certificate is the PEM of a registered certificate; empty means none, assertions are refused then.
	Certificate []byte
	// Roles are the consented application permissions; nil means the four that the product asks for.
	Roles []string
	// Seed chooses ids, token lifetimes and the like.
	Seed uint64
	// PageSize is the page when a request asks for none; 0 means 10, and 50 in delta.
	PageSize int
	// KeepHistory keeps every write for History.
	KeepHistory bool
	// DataFaults lets "[429]", "[503]", "[slow]" and "[lost-reply]" in a written subject or title, or in a contact's names, choose
	// a fault, once per item.
	DataFaults bool
	// TouchAfter is how long after its creation a meeting or a recurring task is touched by the service itself; 0 means
	// two seconds, a negative value never.
	TouchAfter time.Duration
	// TokenLife is the life of access tokens; 0 means a varying 60 to 90 minutes.
	TokenLife time.Duration
	// DeltaTokenLife is the age at which delta tokens die with 410; 0 means never.
	DeltaTokenLife time.Duration
	// RequestsPerMailbox is the limit in ten minutes; 0 means 10,000, a negative value none.
	RequestsPerMailbox int
	// FlatBatches makes a batch last as long as one request, whatever it holds: the latency of the way, not of the work.
	FlatBatches bool
}

// Server is one tenant: Graph and the token endpoint. Make it with New; it is safe for concurrent use.
type Server struct {
	opts      Options
	layer     *chaos.Layer
	authority *chaos.Layer
	key       []byte // signs access and delta tokens; of no use elsewhere

	mu        sync.Mutex
	boxes     []*mailbox          // guarded by mu; in the order of AddMailbox
	zones     *zones              // guarded by mu
	serial    int                 // guarded by mu; ids made
	asked     int                 // guarded by mu; requests answered
	roles     []string            // guarded by mu
	scope     map[string][]string // guarded by mu; role -> mailbox ids allowed without consent
	epoch     int                 // guarded by mu; access tokens of older epochs are refused
	tokens    int                 // guarded by mu; tokens issued
	faults    map[string]bool     // guarded by mu; the emulator's own switches that are on
	deltaEra  int                 // guarded by mu; delta tokens of older eras are dead
	death     string              // guarded by mu; how they died
	once      map[string]bool     // guarded by mu; faults that data chose and had
	touches   []touch             // guarded by mu; the service's own changes to come, oldest first
	mails     []Mail              // guarded by mu
	history   []Write             // guarded by mu
	latency   time.Duration       // guarded by mu
	grants    map[string]*grant   // guarded by mu; codes that were given out
	redirects []string            // guarded by mu; nil: every address of this machine
	disabled  bool                // guarded by mu; the application is disabled in the tenant
	directory directory           // guarded by mu
	secret    string              // guarded by mu
	expires   time.Time           // guarded by mu; of the secret
}

// New makes a tenant without users.
func New(opts Options) *Server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.TenantID = cmp.Or(opts.TenantID, FakeTenant)
	opts.ClientID = cmp.Or(opts.ClientID, FakeClient)
	opts.ClientSecret = cmp.Or(opts.ClientSecret, FakeSecret)
	opts.SecretID = cmp.Or(opts.SecretID, FakeSecretID)
	opts.TouchAfter = cmp.Or(opts.TouchAfter, 2*time.Second)
	opts.RequestsPerMailbox = cmp.Or(opts.RequestsPerMailbox, 10000)
	if opts.Roles == nil {
		opts.Roles = []string{"User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All"}
	}
	key := digest(opts.Seed, "signing key of the emulator, protects nothing")
	s := &Server{
		opts: opts, key: key[:], zones: newZones(), roles: opts.Roles, secret: opts.ClientSecret, expires: opts.SecretExpires,
		scope: map[string][]string{}, faults: map[string]bool{}, once: map[string]bool{}, grants: map[string]*grant{},
	}
	layered := chaos.Options{Now: opts.Now, Sleep: opts.Sleep, Mailbox: mailboxInPath}
	s.layer, s.authority = chaos.New(layered), chaos.New(layered)
	return s
}

// Graph answers the paths below /v1.0.
func (s *Server) Graph() http.Handler { return s.layer.Wrap(http.HandlerFunc(s.serveGraph)) }

// Authority answers OIDC discovery and the token endpoint of any tenant path.
func (s *Server) Authority() http.Handler {
	return s.authority.Wrap(http.HandlerFunc(s.serveAuthority))
}

// Layer is the middleware in front of Graph: request log and faults by request.
func (s *Server) Layer() *chaos.Layer { return s.layer }

// AuthorityLayer is the middleware in front of the authority.
func (s *Server) AuthorityLayer() *chaos.Layer { return s.authority }

// Transport carries requests to the tenant without sockets, any host: paths below /v1.0 go to Graph, the others to
// the authority.
func (s *Server) Transport() http.RoundTripper {
	return split{graph: s.layer.Transport(s.Graph()), authority: s.authority.Transport(s.Authority())}
}

type split struct{ graph, authority http.RoundTripper }

func (t split) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/v1.0/") {
		return t.graph.RoundTrip(r)
	}
	return t.authority.RoundTrip(r)
}

// SetLatency makes every Graph request last that long while it holds one of its mailbox's four places. A batch lasts
// as long as its parts do, four at a time when they are parallel, or as one request with Options.FlatBatches.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

// SetRoles replaces the consented permissions; tokens that were issued keep theirs. // G-04
func (s *Server) SetRoles(roles ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles = roles
}

// Allow gives the application a role for some mailboxes only ("RBAC for Applications"): it works without being in the
// token. The role is one of Calendars.ReadWrite and Contacts.ReadWrite; there is none for To Do. // G-05
func (s *Server) Allow(role string, mailboxes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range mailboxes {
		if mb := s.box(name); mb != nil {
			s.scope[role] = append(s.scope[role], mb.id)
		}
	}
}

// SetDisabled disables the application in the tenant, or enables it.
func (s *Server) SetDisabled(disabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disabled = disabled
}

// box finds a mailbox by id, UPN or mail address.
func (s *Server) box(name string) *mailbox {
	for _, mb := range s.boxes {
		if mb.id == name || strings.EqualFold(text(mb.user["userPrincipalName"]), name) || strings.EqualFold(text(mb.user["mail"]), name) {
			return mb
		}
	}
	return nil
}

// mailboxInPath names the mailbox of a request for the log, as the client named it.
func mailboxInPath(r *http.Request) string {
	_, rest, _ := strings.Cut(r.URL.Path, "/users/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

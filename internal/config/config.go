package config

import (
	"path/filepath"
	"slices"
	"time"
)

// Config is everything that was decided. It is not changed after Load.
type Config struct {
	// File is the absolute path of the file that was read, empty if there was none.
	File      string
	Raynet    Raynet
	Microsoft Microsoft
	Server    Server
	Sync      Sync
	Alerts    Alerts
	// Users are the exceptions for single users, in the order of the file. Who is synchronised at all is Sync.Users.
	Users []User

	origins    map[string]Origin // "section.key" -> where it came from; absent: the default
	missing    []string          // paths of required settings that are not there
	fixedUsers []string          // mailboxes of the entries in Users that are not saved ones
}

// Raynet is how to reach and sign in to RAYNET.
type Raynet struct {
	URL      string // ends in /api/v2, without a slash
	Instance string
	User     string // the e-mail address of the account that the key belongs to
	APIKey   Secret
}

// Microsoft is how to reach Microsoft 365 and sign in to it. Exactly one of ClientSecret and CertificateFile is set.
type Microsoft struct {
	TenantID        string // a GUID in lower case, or a domain of the tenant
	ClientID        string // a GUID in lower case
	ClientSecret    Secret
	SecretExpires   time.Time // midnight UTC of the day; zero if not known
	CertificateFile string    // absolute path
	GraphURL        string    // ends in /v1.0, without a slash
	AuthorityURL    string    // without a slash at the end
	CAFile          string    // absolute path; empty: the system's authorities only
}

// Server is how this process runs.
type Server struct {
	Listen    string // host:port
	DataDir   string // absolute path
	PublicURL string // without a slash at the end; empty if there is none
	KeyFile   string // absolute path; empty: see KeyPath
	// MicrosoftSignIn says whether people may sign in with Microsoft. With On there is a PublicURL.
	MicrosoftSignIn Toggle
	// Lease is how long a server that died keeps the next one waiting.
	Lease time.Duration
}

// KeyPath returns the file that holds the key for what is encrypted at rest.
func (s Server) KeyPath() string {
	if s.KeyFile != "" {
		return s.KeyFile
	}
	return filepath.Join(s.DataDir, "master.key")
}

// Sync is what is synchronised and how. The meaning of each field is that of its key, see Keys.
type Sync struct {
	Preset   Preset
	Users    []string // mailboxes in lower case, or "*"; empty: nobody
	Kinds    []string // record.Kind values
	TimeZone string   // the IANA name for users whose RAYNET account has none

	Direction        Direction
	ReminderMinutes  int // -1: none
	Category         string
	NewFromOutlook   NewFromOutlook
	OutsideAttendees OutsideAttendees
	PrivateTitle     string

	WindowBackDays    int
	WindowForwardDays int
	SeriesDays        int

	ClashCalendar   Clash
	DeletedInRaynet Removal
	DeletionGrace   time.Duration
	SettleHorizon   time.Duration

	MaxRemovalsPercentCalendar int
	MaxRemovalsCalendar        int
	MaxRemovalsFree            int
	MaxChangedPercent          int
	MaxChangedFree             int
	LoopWrites                 int
	LoopWindow                 time.Duration

	ContactFolder              string
	ContactFilter              string // FilterOwned, FilterAll, or one that begins with FilterTag or FilterCategory
	MatchDefaultFolder         Toggle
	ContactPhotos              Toggle
	ClashContacts              Clash
	MaxRemovalsPercentContacts int
	MaxRemovalsContacts        int

	TaskList                string
	TasksCompletedDays      int
	ClashTasks              Clash
	MaxRemovalsPercentTasks int
	MaxRemovalsTasks        int

	PollInterval         time.Duration
	ReconcileInterval    time.Duration
	SweepInterval        time.Duration
	RaynetReservePercent int
}

// User is what differs for one user.
type User struct {
	Mailbox string // in lower case
	// Raynet names the person: the person id as digits, or an e-mail address in lower case. Empty: found by the mailbox.
	Raynet   string
	Kinds    []string // nil: as in Sync
	TimeZone string   // an IANA name; empty: that of the RAYNET account
}

// Preset is a set of defaults.
type Preset string

// The presets.
const (
	Standard   Preset = "standard"
	Careful    Preset = "careful"    // RAYNET to Outlook only
	Everything Preset = "everything" // also all other Outlook events that are not private
)

// Valid reports whether p is a preset.
func (p Preset) Valid() bool { return slices.Contains(presets(), p) }

func presets() []Preset { return []Preset{Standard, Careful, Everything} }

// Direction is which way edits are carried.
type Direction string

// The directions.
const (
	BothWays  Direction = "both"
	ToOutlook Direction = "to-outlook"
)

// Valid reports whether d is a direction.
func (d Direction) Valid() bool { return slices.Contains(directions(), d) }

func directions() []Direction { return []Direction{BothWays, ToOutlook} }

// NewFromOutlook is which new Outlook items become RAYNET records.
type NewFromOutlook string

// The alternatives.
const (
	NewWithCategory NewFromOutlook = "category"
	NewAll          NewFromOutlook = "all"
	NewNone         NewFromOutlook = "none"
)

// Valid reports whether n is one of the alternatives.
func (n NewFromOutlook) Valid() bool { return slices.Contains(newFromOutlook(), n) }

func newFromOutlook() []NewFromOutlook { return []NewFromOutlook{NewWithCategory, NewAll, NewNone} }

// OutsideAttendees is what becomes of the attendees of an Outlook meeting who are no colleagues.
type OutsideAttendees string

// The alternatives.
const (
	AttendeesMatched OutsideAttendees = "match"
	AttendeesAsText  OutsideAttendees = "text"
)

// Valid reports whether o is one of the alternatives.
func (o OutsideAttendees) Valid() bool { return slices.Contains(outsideAttendees(), o) }

func outsideAttendees() []OutsideAttendees {
	return []OutsideAttendees{AttendeesMatched, AttendeesAsText}
}

// The forms of Sync.ContactFilter; a name follows the last two.
const (
	FilterOwned    = "owned"
	FilterAll      = "all"
	FilterTag      = "tag:"
	FilterCategory = "category:"
)

// Toggle is on or off.
type Toggle string

// The alternatives.
const (
	On  Toggle = "on"
	Off Toggle = "off"
)

// Valid reports whether t is one of the alternatives.
func (t Toggle) Valid() bool { return slices.Contains(toggles(), t) }

func toggles() []Toggle { return []Toggle{On, Off} }

// Clash is who wins when both sides changed the same field to different values.
type Clash string

// The alternatives.
const (
	RaynetWins  Clash = "raynet"
	OutlookWins Clash = "outlook"
	AskPerson   Clash = "ask"
)

// Valid reports whether c is one of the alternatives.
func (c Clash) Valid() bool { return slices.Contains(clashes(), c) }

func clashes() []Clash { return []Clash{RaynetWins, OutlookWins, AskPerson} }

// Removal is what becomes of our untouched Outlook copy when its original no longer asks for it.
type Removal string

// The alternatives.
const (
	RemoveCopy Removal = "remove"
	KeepCopy   Removal = "unlink"
)

// Valid reports whether r is one of the alternatives.
func (r Removal) Valid() bool { return slices.Contains(removals(), r) }

func removals() []Removal { return []Removal{RemoveCopy, KeepCopy} }

// Origin is where a value came from. The zero Origin is the built-in default.
type Origin struct {
	// Preset, Variable: set when the value comes from a preset or from an environment variable.
	Preset   Preset
	Variable string
	// File and Line: set when it comes from the configuration file.
	File string
	Line int
	// Saved: it was made on the web page or by a command, and is kept in the database.
	Saved bool
}

// Origin returns where the value of a key ("sync.preset") came from.
func (c *Config) Origin(key string) Origin { return c.origins[key] }

// Default returns the settings that hold when nothing is written anywhere. They name no connection and no user.
func Default() *Config {
	c := &Config{origins: map[string]Origin{}}
	for _, key := range Keys() {
		if key.Default == "" {
			continue
		}
		if f := key.slot(c).set(key.split(key.Default)); f != nil {
			panic("config: default of " + key.Path() + ": " + f.problem) // the table of keys is wrong
		}
	}
	return c
}

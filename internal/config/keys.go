package config

import (
	"slices"
	"strings"
	"time"

	"raynetsync/internal/record"
)

// Type is how a value is written.
type Type string

// The types. In the environment every value is plain text; the parts of a list are separated by commas.
const (
	Text     Type = "text"
	Choice   Type = "choice"   // one of Key.Allowed
	List     Type = "list"     // of texts; with Key.Allowed: of those
	Number   Type = "number"   // a whole number
	Duration Type = "duration" // such as "90s", "5m", "24h"
	Date     Type = "date"     // year-month-day
	Path     Type = "path"     // of a file or directory; relative to the configuration file
	Hidden   Type = "secret"   // a text that must not be seen
)

// Valid reports whether t is one of the types.
func (t Type) Valid() bool {
	return slices.Contains([]Type{Text, Choice, List, Number, Duration, Date, Path, Hidden}, t)
}

// Key is one setting.
type Key struct {
	Section, Name string
	Type          Type
	// Default is what holds when nothing is written, in the form of the environment; empty: nothing.
	Default string
	// Allowed are the alternatives of a Choice or List.
	Allowed []string
	// Bounds says in words what a number or duration may be; empty for other types.
	Bounds string
	// Required says that there is no synchronisation without it.
	Required bool
	// Meaning is one line for administrators, without a full stop.
	Meaning string

	slot func(*Config) slot
}

// Path returns "section.name".
func (k Key) Path() string { return k.Section + "." + k.Name }

// Variable returns the name of the environment variable. With _FILE behind it, it names a file that holds the value.
func (k Key) Variable() string {
	return prefix + strings.ToUpper(k.Section) + "_" + strings.ToUpper(k.Name)
}

// Value returns the value in c as an administrator would write it in the environment; secrets are hidden.
func (k Key) Value(c *Config) string {
	return k.slot(c).get()
}

// Savable reports whether the setting can be kept in the database: not what is needed to find and open that.
func (k Key) Savable() bool {
	return !slices.Contains([]string{"server.listen", "server.data_dir", "server.key_file", "server.lease"}, k.Path())
}

// split turns a value in the form of the environment into the parts that a slot takes.
func (k Key) split(value string) []string {
	if k.Type != List {
		return []string{value}
	}
	var parts []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// prefix begins the name of every environment variable of ours.
const prefix = "RAYNETSYNC_"

// The largest numbers that make sense; more is a slip of the keyboard.
const (
	maxDays    = 1825
	maxItems   = 1_000_000
	maxMinutes = 40320 // four weeks, Outlook's own limit of a reminder
)

// Keys returns every setting except those of [[user]], in the order of the documentation. The slice is the caller's.
func Keys() []Key {
	return slices.Concat(connectionKeys(), serverKeys(), scopeKeys(), fieldKeys(), windowKeys(), clashKeys(), guardKeys(),
		contactKeys(), taskKeys(), paceKeys(), alertKeys())
}

func connectionKeys() []Key {
	return []Key{
		{Section: "raynet", Name: "url", Type: Text, Default: "https://app.raynet.cz/api/v2",
			Meaning: "Address of the RAYNET API: https://app.raynet.cz/api/v2, https://app.raynetcrm.sk/api/v2, https://app.raynetcrm.com/api/v2",
			slot:    func(c *Config) slot { return address(&c.Raynet.URL, "/api/v2") }},
		{Section: "raynet", Name: "instance", Type: Text, Required: true,
			Meaning: "Name of the instance: the first part of the path after you sign in (https://app.raynet.cz/NAME/)",
			slot:    func(c *Config) slot { return checked(&c.Raynet.Instance, instanceName) }},
		{Section: "raynet", Name: "user", Type: Text, Required: true,
			Meaning: "E-mail address of the RAYNET account that the API key belongs to; best an account of its own with full rights",
			slot:    func(c *Config) slot { return checked(&c.Raynet.User, login) }},
		{Section: "raynet", Name: "api_key", Type: Hidden, Required: true,
			Meaning: "API key (RAYNET: Settings › API keys)",
			slot:    func(c *Config) slot { return hiddenText(&c.Raynet.APIKey, nil) }},
		{Section: "microsoft", Name: "tenant_id", Type: Text, Required: true,
			Meaning: "Directory (tenant) ID of the registration's Overview page; a domain of the tenant works too",
			slot:    func(c *Config) slot { return checked(&c.Microsoft.TenantID, tenantID) }},
		{Section: "microsoft", Name: "client_id", Type: Text, Required: true,
			Meaning: "Application (client) ID of the registration's Overview page",
			slot:    func(c *Config) slot { return checked(&c.Microsoft.ClientID, clientID) }},
		{Section: "microsoft", Name: "client_secret", Type: Hidden,
			Meaning: "The client secret's Value (not its Secret ID), from Certificates & secrets; this or certificate_file",
			slot:    func(c *Config) slot { return hiddenText(&c.Microsoft.ClientSecret, secretValue) }},
		{Section: "microsoft", Name: "client_secret_expires", Type: Date,
			Meaning: "Day on which the secret expires, as the portal shows it; the server warns in time, nobody else can know it",
			slot:    func(c *Config) slot { return day(&c.Microsoft.SecretExpires) }},
		{Section: "microsoft", Name: "certificate_file", Type: Path,
			Meaning: "PEM or PFX file with certificate and private key, instead of a client secret",
			slot:    func(c *Config) slot { return checked(&c.Microsoft.CertificateFile, readable) }},
		{Section: "microsoft", Name: "graph_url", Type: Text, Default: "https://graph.microsoft.com/v1.0",
			Meaning: "Address of Microsoft Graph; differs in national clouds and for an emulator",
			slot:    func(c *Config) slot { return address(&c.Microsoft.GraphURL, "/v1.0") }},
		{Section: "microsoft", Name: "authority_url", Type: Text, Default: "https://login.microsoftonline.com",
			Meaning: "Address that signs the application in, without the tenant",
			slot:    func(c *Config) slot { return address(&c.Microsoft.AuthorityURL, "") }},
		{Section: "microsoft", Name: "ca_file", Type: Path,
			Meaning: "PEM file with certificate authorities to trust besides the system's own, for both services",
			slot:    func(c *Config) slot { return checked(&c.Microsoft.CAFile, readable) }},
	}
}

func serverKeys() []Key {
	return []Key{
		{Section: "server", Name: "listen", Type: Text, Default: "127.0.0.1:8383",
			Meaning: "Address and port to listen on",
			slot:    func(c *Config) slot { return checked(&c.Server.Listen, listenAddress) }},
		{Section: "server", Name: "data_dir", Type: Path, Default: "data",
			Meaning: "Directory of the database; the only thing to back up, together with the key file kept elsewhere",
			slot:    func(c *Config) slot { return checked(&c.Server.DataDir, nil) }},
		{Section: "server", Name: "public_url", Type: Text,
			Meaning: "Address under which people and the two services reach this server, if they do",
			slot:    func(c *Config) slot { return address(&c.Server.PublicURL, "") }},
		{Section: "server", Name: "key_file", Type: Path,
			Meaning: "File with the key of everything encrypted at rest; by default master.key in data_dir. Keep it out of backups of the data",
			slot:    func(c *Config) slot { return checked(&c.Server.KeyFile, nil) }},
		{Section: "server", Name: "microsoft_sign_in", Type: Choice, Default: string(Off), Allowed: names(toggles()),
			Meaning: "Whether people may sign in to the web page with Microsoft; needs public_url and its redirect address in the registration",
			slot:    func(c *Config) slot { return choice(&c.Server.MicrosoftSignIn, toggles()) }},
		{Section: "server", Name: "lease", Type: Duration, Default: "30s", Bounds: "2s to 10m",
			Meaning: "How long a server that died without a word keeps the next one waiting: longer than this machine ever stands still. The same for everything that uses the database",
			slot:    func(c *Config) slot { return span(&c.Server.Lease, 2*time.Second, 10*time.Minute) }},
	}
}

func scopeKeys() []Key {
	return []Key{
		{Section: "sync", Name: "preset", Type: Choice, Default: string(Standard), Allowed: names(presets()),
			Meaning: "Set of defaults: standard; careful (RAYNET to Outlook only); everything (also all other Outlook events that are not private)",
			slot:    func(c *Config) slot { return choice(&c.Sync.Preset, presets()) }},
		{Section: "sync", Name: "users", Type: List,
			Meaning: `Mailboxes that are synchronised, or ["*"] for everyone who is found in both services. Empty: nobody`,
			slot:    func(c *Config) slot { return list(&c.Sync.Users, mailboxOrAll) }},
		{Section: "sync", Name: "kinds", Type: List, Default: strings.Join(names(record.Kinds()), ","),
			Allowed: names(record.Kinds()),
			Meaning: "What is synchronised",
			slot:    func(c *Config) slot { return list(&c.Sync.Kinds, kindName) }},
		{Section: "sync", Name: "time_zone", Type: Text, Default: "Europe/Prague",
			Meaning: "Time zone of users whose RAYNET account has none",
			slot:    func(c *Config) slot { return checked(&c.Sync.TimeZone, zoneName) }},
		{Section: "sync", Name: "direction", Type: Choice, Default: string(BothWays), Allowed: names(directions()),
			Meaning: "Which way edits are carried",
			slot:    func(c *Config) slot { return choice(&c.Sync.Direction, directions()) }},
		{Section: "sync", Name: "category", Type: Text, Default: "RAYNET",
			Meaning: "Outlook category of synchronised events; giving it to an event of one's own offers the event to RAYNET",
			slot:    func(c *Config) slot { return checked(&c.Sync.Category, line) }},
		{Section: "sync", Name: "new_from_outlook", Type: Choice, Default: string(NewWithCategory), Allowed: names(newFromOutlook()),
			Meaning: "Which new Outlook events become RAYNET activities: those with the category, all that are not private, none",
			slot:    func(c *Config) slot { return choice(&c.Sync.NewFromOutlook, newFromOutlook()) }},
	}
}

func fieldKeys() []Key {
	return []Key{
		{Section: "sync", Name: "reminder_minutes", Type: Number, Default: "15", Bounds: "-1 to 40320",
			Meaning: "Reminder of an Outlook event that we create, in minutes before it begins; -1: none. Never changed afterwards",
			slot:    func(c *Config) slot { return number(&c.Sync.ReminderMinutes, -1, maxMinutes) }},
		{Section: "sync", Name: "outside_attendees", Type: Choice, Default: string(AttendeesMatched), Allowed: names(outsideAttendees()),
			Meaning: "Attendees of an Outlook meeting from outside: match makes participants of those who are exactly one RAYNET person, text only lists them",
			slot:    func(c *Config) slot { return choice(&c.Sync.OutsideAttendees, outsideAttendees()) }},
		{Section: "sync", Name: "private_title", Type: Text, Default: "Soukromé / Private",
			Meaning: "Title that replaces everything in a RAYNET activity that we created, when its Outlook event becomes private",
			slot:    func(c *Config) slot { return checked(&c.Sync.PrivateTitle, line) }},
	}
}

func windowKeys() []Key {
	return []Key{
		{Section: "sync", Name: "window_back_days", Type: Number, Default: "14", Bounds: "0 to 1825",
			Meaning: "Days back that are synchronised; what grows older stays where it is",
			slot:    func(c *Config) slot { return number(&c.Sync.WindowBackDays, 0, maxDays) }},
		{Section: "sync", Name: "window_forward_days", Type: Number, Default: "365", Bounds: "1 to 1825",
			Meaning: "Days ahead that are synchronised; later events follow when their time comes",
			slot:    func(c *Config) slot { return number(&c.Sync.WindowForwardDays, 1, maxDays) }},
		{Section: "sync", Name: "series_days", Type: Number, Default: "90", Bounds: "1 to 365",
			Meaning: "Days ahead for which an Outlook series becomes single RAYNET activities",
			slot:    func(c *Config) slot { return number(&c.Sync.SeriesDays, 1, 365) }},
	}
}

func clashKeys() []Key {
	return []Key{
		{Section: "sync", Name: "clash_calendar", Type: Choice, Default: string(RaynetWins), Allowed: names(clashes()),
			Meaning: "Who wins when both sides changed the same field of an event; the other value stays in the journal",
			slot:    func(c *Config) slot { return choice(&c.Sync.ClashCalendar, clashes()) }},
		{Section: "sync", Name: "deleted_in_raynet", Type: Choice, Default: string(RemoveCopy), Allowed: names(removals()),
			Meaning: "Our Outlook copy of an activity that was deleted, or that the user was taken off: remove it if nobody edited it and it has no attendees, or only unlink it",
			slot:    func(c *Config) slot { return choice(&c.Sync.DeletedInRaynet, removals()) }},
		{Section: "sync", Name: "deletion_grace", Type: Duration, Default: "5m", Bounds: "1s to 24h",
			Meaning: "Time between the two reads that must both find a RAYNET record gone before it counts as deleted",
			slot:    func(c *Config) slot { return span(&c.Sync.DeletionGrace, time.Second, 24*time.Hour) }},
		{Section: "sync", Name: "settle_horizon", Type: Duration, Default: "5m", Bounds: "1s to 24h",
			Meaning: "How long a record rests after an answer that never came: longer than any late write can take",
			slot:    func(c *Config) slot { return span(&c.Sync.SettleHorizon, time.Second, 24*time.Hour) }},
	}
}

func guardKeys() []Key {
	return []Key{
		{Section: "sync", Name: "max_removals_percent_calendar", Type: Number, Default: "10", Bounds: "1 to 100",
			Meaning: "A cycle that would remove more than this part of a user's synchronised events halts until a person looks",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsPercentCalendar, 1, 100) }},
		{Section: "sync", Name: "max_removals_calendar", Type: Number, Default: "50", Bounds: "1 to 1000000",
			Meaning: "The same as a number of events; whichever is reached first",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsCalendar, 1, maxItems) }},
		{Section: "sync", Name: "max_removals_free", Type: Number, Default: "5", Bounds: "0 to 100",
			Meaning: "So few removals never halt a cycle",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsFree, 0, 100) }},
		{Section: "sync", Name: "max_changed_percent", Type: Number, Default: "50", Bounds: "1 to 100",
			Meaning: "A cycle in which more than this part of a user's synchronised events changed on one side at once halts until a person looks",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxChangedPercent, 1, 100) }},
		{Section: "sync", Name: "max_changed_free", Type: Number, Default: "50", Bounds: "0 to 1000000",
			Meaning: "So few changes never halt a cycle",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxChangedFree, 0, maxItems) }},
		{Section: "sync", Name: "loop_writes", Type: Number, Default: "5", Bounds: "2 to 100",
			Meaning: "So many writes of ours to one item within loop_window, without as many edits by people, set it aside with an alert",
			slot:    func(c *Config) slot { return number(&c.Sync.LoopWrites, 2, 100) }},
		{Section: "sync", Name: "loop_window", Type: Duration, Default: "10m", Bounds: "1m to 24h",
			Meaning: "See loop_writes",
			slot:    func(c *Config) slot { return span(&c.Sync.LoopWindow, time.Minute, 24*time.Hour) }},
	}
}

func paceKeys() []Key {
	return []Key{
		{Section: "sync", Name: "poll_interval", Type: Duration, Default: "1m", Bounds: "1s to 24h",
			Meaning: "How often both services are asked what changed: one RAYNET request for everybody, one more with contacts, one Graph request per calendar, folder and list",
			slot:    func(c *Config) slot { return span(&c.Sync.PollInterval, time.Second, 24*time.Hour) }},
		{Section: "sync", Name: "reconcile_interval", Type: Duration, Default: "24h", Bounds: "1m to 168h",
			Meaning: "How often everything of a mailbox within the window is read anew and compared",
			slot:    func(c *Config) slot { return span(&c.Sync.ReconcileInterval, time.Minute, 168*time.Hour) }},
		{Section: "sync", Name: "sweep_interval", Type: Duration, Default: "1h", Bounds: "1s to 24h",
			Meaning: "How often all RAYNET ids are listed to find what was deleted there and what came into our account's sight",
			slot:    func(c *Config) slot { return span(&c.Sync.SweepInterval, time.Second, 24*time.Hour) }},
		{Section: "sync", Name: "raynet_reserve_percent", Type: Number, Default: "20", Bounds: "0 to 90",
			Meaning: "Part of RAYNET's daily requests that is left to other integrations",
			slot:    func(c *Config) slot { return number(&c.Sync.RaynetReservePercent, 0, 90) }},
	}
}

func contactKeys() []Key {
	return []Key{
		{Section: "sync", Name: "contact_folder", Type: Text, Default: "RAYNET",
			Meaning: "Outlook contact folder of RAYNET persons; made if it is missing, and followed if its user renames it",
			slot:    func(c *Config) slot { return checked(&c.Sync.ContactFolder, line) }},
		{Section: "sync", Name: "contact_filter", Type: Text, Default: FilterOwned,
			Meaning: "Which RAYNET persons a user gets: owned (those he owns), all (all that the account sees), tag:NAME, category:NAME",
			slot:    func(c *Config) slot { return checked(&c.Sync.ContactFilter, contactFilter) }},
		{Section: "sync", Name: "match_default_folder", Type: Choice, Default: string(Off), Allowed: names(toggles()),
			Meaning: "Look for a person in the user's own contacts before a copy is made, and ask instead of making a second one. off: they are never read",
			slot:    func(c *Config) slot { return choice(&c.Sync.MatchDefaultFolder, toggles()) }},
		{Section: "sync", Name: "contact_photos", Type: Choice, Default: string(Off), Allowed: names(toggles()),
			Meaning: "Carry the photos of RAYNET persons to Outlook; costs two RAYNET requests for each changed person",
			slot:    func(c *Config) slot { return choice(&c.Sync.ContactPhotos, toggles()) }},
		{Section: "sync", Name: "clash_contacts", Type: Choice, Default: string(RaynetWins), Allowed: names(clashes()),
			Meaning: "Like clash_calendar, for contacts",
			slot:    func(c *Config) slot { return choice(&c.Sync.ClashContacts, clashes()) }},
		{Section: "sync", Name: "max_removals_percent_contacts", Type: Number, Default: "25", Bounds: "1 to 100",
			Meaning: "Like max_removals_percent_calendar, for contacts",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsPercentContacts, 1, 100) }},
		{Section: "sync", Name: "max_removals_contacts", Type: Number, Default: "250", Bounds: "1 to 1000000",
			Meaning: "Like max_removals_calendar, for contacts",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsContacts, 1, maxItems) }},
	}
}

func taskKeys() []Key {
	return []Key{
		{Section: "sync", Name: "task_list", Type: Text, Default: "RAYNET",
			Meaning: "To Do list of RAYNET tasks; made if it is missing, and followed if its user renames it",
			slot:    func(c *Config) slot { return checked(&c.Sync.TaskList, line) }},
		{Section: "sync", Name: "tasks_completed_days", Type: Number, Default: "14", Bounds: "1 to 365",
			Meaning: "Days for which completed tasks are synchronised; what was completed earlier stays where it is",
			slot:    func(c *Config) slot { return number(&c.Sync.TasksCompletedDays, 1, 365) }},
		{Section: "sync", Name: "clash_tasks", Type: Choice, Default: string(RaynetWins), Allowed: names(clashes()),
			Meaning: "Like clash_calendar, for tasks; completed wins over open in any case",
			slot:    func(c *Config) slot { return choice(&c.Sync.ClashTasks, clashes()) }},
		{Section: "sync", Name: "max_removals_percent_tasks", Type: Number, Default: "75", Bounds: "1 to 100",
			Meaning: "Like max_removals_percent_calendar, for tasks",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsPercentTasks, 1, 100) }},
		{Section: "sync", Name: "max_removals_tasks", Type: Number, Default: "50", Bounds: "1 to 1000000",
			Meaning: "Like max_removals_calendar, for tasks",
			slot:    func(c *Config) slot { return number(&c.Sync.MaxRemovalsTasks, 1, maxItems) }},
	}
}

// UserKeys returns the settings of one [[user]]. In the environment they are numbered from 1: RAYNETSYNC_USER_1_MAILBOX.
func UserKeys() []Key {
	return []Key{
		{Section: "user", Name: "mailbox", Type: Text, Required: true, Meaning: "The mailbox that this entry is about"},
		{Section: "user", Name: "raynet", Type: Text,
			Meaning: "The RAYNET person, if it is not the one with the same e-mail address: person id or e-mail address"},
		{Section: "user", Name: "kinds", Type: List, Allowed: names(record.Kinds()),
			Meaning: "What is synchronised for this user; an empty list: nothing"},
		{Section: "user", Name: "time_zone", Type: Text, Meaning: "Time zone, if it is not that of the RAYNET account"},
	}
}

func userSlot(u *User, name string) slot {
	switch name {
	case "mailbox":
		return checked(&u.Mailbox, mailbox)
	case "raynet":
		return checked(&u.Raynet, person)
	case "kinds":
		return list(&u.Kinds, kindName)
	case "time_zone":
		return checked(&u.TimeZone, zoneName)
	}
	panic("config: no slot for user." + name) // the table of keys is wrong
}

func names[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = string(value)
	}
	return out
}

// PresetKeys returns the paths of what the presets decide about.
func PresetKeys() []string { return []string{"sync.direction", "sync.new_from_outlook"} }

// presetValues returns what a preset sets differently from the defaults: path -> value.
func presetValues(p Preset) map[string]string {
	switch p {
	case Careful:
		return map[string]string{"sync.direction": string(ToOutlook), "sync.new_from_outlook": string(NewNone)}
	case Everything:
		return map[string]string{"sync.new_from_outlook": string(NewAll)}
	case Standard:
		return nil
	}
	return nil
}

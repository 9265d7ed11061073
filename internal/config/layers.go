package config

import (
	"maps"
	"slices"
	"strings"
)

// Layers say where settings come from. The environment wins over the file, and the file over what was saved on the web page.
type Layers struct {
	File    string   // path; empty: no file
	Environ []string // "NAME=value"
	Saved   Saved
	// Partial accepts that required settings are missing, as before the first set-up; Config.Missing names them.
	Partial bool
}

// Saved are settings that were made on the web page or the command line and are kept in the database. Values of secrets are
// in it as they are: it is kept sealed.
type Saved struct {
	// Values are in the form of the environment. // key path ("sync.preset") -> value
	Values map[string]string `json:"values,omitempty"`
	// Users are exceptions for single users. // mailbox -> key name ("time_zone") -> value
	Users map[string]map[string]string `json:"users,omitempty"`
}

// With returns a copy in which changes replace what they name. An empty value removes a setting, and so does an entry of a
// user without values; neither argument is changed.
func (s Saved) With(changes Saved) Saved {
	out := Saved{Values: maps.Clone(s.Values), Users: maps.Clone(s.Users)}
	if out.Values == nil {
		out.Values = map[string]string{}
	}
	if out.Users == nil {
		out.Users = map[string]map[string]string{}
	}
	for path, value := range changes.Values {
		if out.Values[path] = value; strings.TrimSpace(value) == "" && !keepsEmpty(path) {
			delete(out.Values, path)
		}
	}
	for mailbox, values := range changes.Users {
		mailbox = strings.ToLower(strings.TrimSpace(mailbox))
		if out.Users[mailbox] = maps.Clone(values); len(values) == 0 {
			delete(out.Users, mailbox)
		}
	}
	return out
}

// keepsEmpty: an empty list is a value of its own, nobody or nothing.
func keepsEmpty(path string) bool {
	i := slices.IndexFunc(Keys(), func(k Key) bool { return k.Path() == path })
	return i >= 0 && Keys()[i].Type == List
}

// Empty reports whether nothing was saved.
func (s Saved) Empty() bool { return len(s.Values) == 0 && len(s.Users) == 0 }

// Read puts the layers together. All mistakes are returned at once, as Errors; then there is no Config. Mistakes in saved
// settings have no File.
func Read(layers Layers) (*Config, error) {
	l := &loader{config: Default(), found: map[string]written{}, partial: layers.Partial}
	l.readSaved(layers.Saved)
	return l.load(layers.File, layers.Environ)
}

// readSaved notes the saved values. A key that this version does not know any more is passed over: it was valid once.
func (l *loader) readSaved(saved Saved) {
	for _, key := range Keys() {
		value, ok := saved.Values[key.Path()]
		if ok && key.Savable() && (value != "" || key.Type == List) {
			l.found[key.Path()] = written{parts: key.split(value), key: key.Path(), origin: Origin{Saved: true}}
		}
	}
	for _, mailbox := range slices.Sorted(maps.Keys(saved.Users)) {
		values := map[string]written{}
		for _, key := range UserKeys() {
			value, ok := saved.Users[mailbox][key.Name]
			if key.Name == "mailbox" {
				value, ok = mailbox, true
			}
			if ok && (value != "" || key.Type == List) {
				values[key.Name] = written{parts: key.split(value), key: "user[" + mailbox + "]." + key.Name, origin: Origin{Saved: true}}
			}
		}
		l.saved = append(l.saved, userEntry{key: "user[" + mailbox + "]", values: values})
	}
}

// joinSaved adds the saved users for whom neither file nor environment has an entry, and takes out a saved credential of
// Microsoft where another layer names the other way to sign in.
func (l *loader) joinSaved() {
	for _, entry := range l.saved {
		if !slices.ContainsFunc(l.users, func(u userEntry) bool { return sameMailbox(u.values, entry.values) }) {
			l.users = append(l.users, entry)
		}
	}
	const secret, certificate = "microsoft.client_secret", "microsoft.certificate_file"
	for _, pair := range [][2]string{{secret, certificate}, {certificate, secret}} {
		mine, saved := l.found[pair[0]]
		_, other := l.found[pair[1]]
		if saved && other && mine.origin.Saved && !l.found[pair[1]].origin.Saved {
			delete(l.found, pair[0])
		}
	}
}

// Missing returns the paths of required settings that are written nowhere; the client secret stands for either way of signing
// in to Microsoft. Nothing is missing in a Config that Load returned.
func (c *Config) Missing() []string { return slices.Clone(c.missing) }

// Fixed reports whether the file or the environment sets a key ("sync.preset"), so that it cannot be changed on the page.
func (c *Config) Fixed(key string) bool {
	origin := c.origins[key]
	return origin.File != "" || origin.Variable != ""
}

// FixedUser reports whether the file or the environment has an entry for a mailbox.
func (c *Config) FixedUser(mailbox string) bool {
	return slices.Contains(c.fixedUsers, strings.ToLower(mailbox))
}

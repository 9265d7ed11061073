package config

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFileBytes is far more than any configuration or secret needs.
const maxFileBytes = 1 << 20

// Load reads the file at path, if path is not empty, and the environment ("NAME=value"), which wins over the file. What is
// written nowhere has its default. All mistakes are returned at once, as Errors; then there is no Config.
func Load(path string, environ []string) (*Config, error) {
	return Read(Layers{File: path, Environ: environ})
}

// load reads file and environment over what was found already.
func (l *loader) load(path string, environ []string) (*Config, error) {
	if path != "" {
		l.readFile(path)
	}
	if !slices.ContainsFunc(l.errs, isFatal) {
		l.readEnvironment(environ)
		l.joinSaved()
		l.assign()
		l.assignUsers()
		l.checkWhole()
	}
	if len(l.errs) > 0 {
		slices.SortStableFunc(l.errs, func(a, b *Error) int {
			return cmp.Or(-cmp.Compare(min(a.Line, 1), min(b.Line, 1)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, l.errs
	}
	return l.config, nil
}

// isFatal tells whether nothing else can be said about the file.
func isFatal(e *Error) bool { return e.Key == "" && (e.Code == CodeSyntax || e.Code == CodeFile) }

// written is a value as somebody wrote it.
type written struct {
	parts  []string
	key    string // as it is written, for messages
	file   string // the file or the variable
	where  place
	origin Origin
	folder string // what relative paths are relative to
	bad    bool   // a mistake in it was noted already
}

// loader gathers what is written and the mistakes in it.
type loader struct {
	config *Config
	found  map[string]written // key path -> value; the environment overwrites the file
	users  []userEntry
	saved  []userEntry // of those that were saved on the page
	errs   Errors
	// partial: what is missing is noted, not complained of.
	partial bool
}

// userEntry is one [[user]], from the file or the environment.
type userEntry struct {
	key    string // "user[1]"
	file   string
	where  place
	values map[string]written // name -> value
}

func (l *loader) fail(file string, where place, key string, f *fault) {
	l.errs = append(l.errs, f.at(file, where, key))
}

// assign puts every written value into its place: the preset first, then what it sets, then the rest.
func (l *loader) assign() {
	keys := Keys()
	preset := keys[slices.IndexFunc(keys, func(k Key) bool { return k.Path() == "sync.preset" })]
	if w, ok := l.found[preset.Path()]; ok && !w.bad && l.put(preset.Path(), preset, preset.slot(l.config), w) {
		l.applyPreset(keys)
	}
	for _, key := range keys {
		w, ok := l.found[key.Path()]
		switch {
		case !ok || w.bad || key.Path() == preset.Path():
		default:
			l.put(key.Path(), key, key.slot(l.config), w)
		}
	}
	l.config.Server.DataDir = absolute(l.config.Server.DataDir, "")
}

func (l *loader) applyPreset(keys []Key) {
	values := presetValues(l.config.Sync.Preset)
	for _, key := range keys {
		if value, ok := values[key.Path()]; ok {
			if f := key.slot(l.config).set(key.split(value)); f != nil {
				panic("config: preset value of " + key.Path() + ": " + f.problem) // the table of keys is wrong
			}
			l.config.origins[key.Path()] = Origin{Preset: l.config.Sync.Preset}
		}
	}
}

// put sets one value; a mistake is noted and false returned.
func (l *loader) put(path string, key Key, to slot, w written) bool {
	parts := w.parts
	if key.Type == Path {
		parts = []string{absolute(parts[0], w.folder)}
	}
	if key.Type == Hidden && w.origin.File != "" {
		if name, ok := strings.CutPrefix(parts[0], "file:"); ok {
			text, f := readSecret(absolute(name, w.folder))
			if f != nil {
				l.fail(w.file, w.where, w.key, f)
				return false
			}
			parts = []string{text}
		}
	}
	if key.Type != List && strings.TrimSpace(parts[0]) == "" {
		l.fail(w.file, w.where, w.key, emptyValue())
		return false
	}
	if f := to.set(parts); f != nil {
		l.fail(w.file, w.where, w.key, f)
		return false
	}
	l.config.origins[path] = w.origin
	return true
}

func emptyValue() *fault {
	return faultf(CodeMissing, map[string]string{"variable": ""}, "write a value, or take the line out", "the value is empty")
}

func (l *loader) assignUsers() {
	seen := map[string]bool{}
	for _, entry := range l.users {
		user := User{}
		ok := true
		for _, key := range UserKeys() {
			w, found := entry.values[key.Name]
			switch {
			case found && w.bad:
				ok = false
			case found:
				ok = l.put(entry.key+"."+key.Name, key, userSlot(&user, key.Name), w) && ok
			case key.Required:
				ok = false
				l.fail(entry.file, entry.where, entry.key+"."+key.Name,
					faultf(CodeMissing, map[string]string{"variable": ""}, "add a line: "+key.Name+` = "jana.novakova@example.cz"`, "is missing"))
			}
		}
		if !ok {
			continue
		}
		if seen[user.Mailbox] {
			l.fail(entry.file, entry.where, entry.key+".mailbox",
				faultf(CodeDuplicate, map[string]string{"value": user.Mailbox}, "join the two entries", "%s has two entries", user.Mailbox))
			continue
		}
		seen[user.Mailbox] = true
		if entry.file != "" {
			l.config.fixedUsers = append(l.config.fixedUsers, user.Mailbox)
		}
		l.config.Users = append(l.config.Users, user)
	}
}

// checkWhole finds what is wrong between values, and what is not there at all.
func (l *loader) checkWhole() {
	for _, key := range Keys() {
		if _, ok := l.found[key.Path()]; key.Required && !ok {
			l.missing(key.Path(), key.Variable(), key.Meaning)
		}
	}
	secret, hasSecret := l.found["microsoft.client_secret"]
	_, hasCertificate := l.found["microsoft.certificate_file"]
	switch {
	case hasSecret && hasCertificate:
		l.fail(secret.file, secret.where, secret.key, faultf(CodeTwoWays, map[string]string{"other": "microsoft.certificate_file"},
			"keep one of them", "there is a client secret and a certificate"))
	case !hasSecret && !hasCertificate:
		l.missing("microsoft.client_secret", prefix+"MICROSOFT_CLIENT_SECRET",
			"The client secret's Value, from Certificates & secrets; or certificate_file")
	}
	if l.config.Server.MicrosoftSignIn == On && l.config.Server.PublicURL == "" {
		w := l.found["server.microsoft_sign_in"]
		l.fail(w.file, w.where, w.key, faultf(CodeNeeds, map[string]string{"other": "server.public_url"},
			"write under which address people reach this server in server.public_url", "signing in with Microsoft needs the address to which Microsoft sends people back"))
	}
	if id := l.config.Microsoft.ClientID; id != "" && id == l.config.Microsoft.TenantID {
		w := l.found["microsoft.client_id"]
		l.fail(w.file, w.where, w.key, faultf(CodeSameID, nil, "copy the Application (client) ID from the registration's Overview page",
			"this is the tenant id a second time"))
	}
	l.checkAlerts()
}

func (l *loader) missing(path, variable, meaning string) {
	if l.partial {
		l.config.missing = append(l.config.missing, path)
		return
	}
	section, name, _ := strings.Cut(path, ".")
	l.fail(l.config.File, place{}, path, faultf(CodeMissing, map[string]string{"variable": variable},
		"write "+name+" under ["+section+"], or set "+variable+" or "+variable+"_FILE. "+meaning, "is missing"))
}

// absolute makes path absolute; a relative one is relative to folder, or to the working directory if that is empty.
func absolute(path, folder string) string {
	if path == "" {
		return ""
	}
	if !filepath.IsAbs(path) && folder != "" {
		path = filepath.Join(folder, path)
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// readSecret reads a value that lies in a file of its own. A line break at its end is not part of it.
func readSecret(path string) (string, *fault) {
	data, f := readLimited(path)
	if f != nil {
		return "", f
	}
	text := strings.TrimRight(strings.TrimPrefix(string(data), "\ufeff"), "\r\n")
	if strings.TrimSpace(text) == "" {
		return "", faultf(CodeFile, map[string]string{"path": path, "reason": "is empty"}, "write the value into it", "%s is empty", path)
	}
	return text, nil
}

// readLimited reads a small file. A device could be endless and a terminal would wait, so neither is read.
func readLimited(path string) ([]byte, *fault) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fileFault(path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Mode()&os.ModeDevice != 0 {
		return nil, faultf(CodeFile, map[string]string{"path": path, "reason": "is a device"}, "name a file", "%s is a device", path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, fileFault(path, err)
	}
	if len(data) > maxFileBytes {
		return nil, faultf(CodeFile, map[string]string{"path": path, "reason": "is too large"}, "name the right file", "%s is larger than 1 MiB", path)
	}
	return data, nil
}

func fileFault(path string, err error) *fault {
	reason := err.Error()
	if e, ok := errors.AsType[*os.PathError](err); ok {
		reason = e.Err.Error()
	}
	return faultf(CodeFile, map[string]string{"path": path, "reason": reason},
		"check that the file is there and that this account may read it", "cannot read %s: %s", path, reason)
}

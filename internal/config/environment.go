package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// environment reads variables into a loader.
type environment struct {
	loader *loader
	keys   map[string]Key             // variable -> key
	users  map[int]map[string]written // number -> name -> value, of RAYNETSYNC_USER_1_MAILBOX and its like
}

// readEnvironment reads the variables into l.found and l.users. An empty variable counts as absent.
func (l *loader) readEnvironment(environ []string) {
	e := environment{loader: l, keys: map[string]Key{}, users: map[int]map[string]written{}}
	for _, key := range Keys() {
		e.keys[key.Variable()] = key
	}
	for _, variable := range slices.Sorted(slices.Values(environ)) {
		name, value, ok := strings.Cut(variable, "=")
		if ok && value != "" && strings.HasPrefix(name, prefix) && !foreign(name) {
			e.read(name, value)
		}
	}
	e.joinUsers()
}

func (e environment) read(name, value string) {
	if number, key, ok := userVariable(name); ok {
		if e.users[number] == nil {
			e.users[number] = map[string]written{}
		}
		e.users[number][key.Name] = fromVariable(key, name, value)
		return
	}
	l := e.loader
	key, plain := e.keys[name]
	twin, fromFile := e.keys[strings.TrimSuffix(name, "_FILE")]
	switch {
	case plain:
	case fromFile:
		key = twin
	default:
		l.fail(name, place{}, name, unknown("variable", name, slices.Sorted(maps.Keys(e.keys)), ""))
		return
	}
	if other := l.found[key.Path()]; other.origin.Variable != "" {
		l.fail(name, place{}, name, faultf(CodeTwoWays, map[string]string{"other": other.origin.Variable},
			"keep one of them", "%s sets the same value", other.origin.Variable))
		return
	}
	w := fromVariable(key, name, value)
	if !plain {
		text, f := readSecret(absolute(value, ""))
		if f != nil {
			l.fail(name, place{}, name, f)
			w.bad = true
		}
		w.parts = key.split(text)
	}
	l.found[key.Path()] = w
}

func fromVariable(key Key, name, value string) written {
	return written{parts: key.split(value), key: name, file: name, origin: Origin{Variable: name}}
}

// joinUsers adds the numbered users to those of the file; one for the same mailbox changes the entry of the file.
func (e environment) joinUsers() {
	for _, number := range slices.Sorted(maps.Keys(e.users)) {
		values := e.users[number]
		name := fmt.Sprintf("%sUSER_%d", prefix, number)
		i := slices.IndexFunc(e.loader.users, func(u userEntry) bool { return sameMailbox(u.values, values) })
		if i < 0 {
			e.loader.users = append(e.loader.users, userEntry{key: name, file: name, values: values})
			continue
		}
		maps.Copy(e.loader.users[i].values, values)
	}
}

func sameMailbox(a, b map[string]written) bool {
	one, ok := a["mailbox"]
	two, ok2 := b["mailbox"]
	return ok && ok2 && !one.bad && !two.bad && strings.EqualFold(one.parts[0], two.parts[0])
}

// userVariable takes RAYNETSYNC_USER_1_TIME_ZONE apart.
func userVariable(name string) (number int, key Key, ok bool) {
	digits, rest, ok := strings.Cut(strings.TrimPrefix(name, prefix+"USER_"), "_")
	number, err := strconv.Atoi(digits)
	if !ok || err != nil || number < 1 {
		return 0, Key{}, false
	}
	for _, key := range UserKeys() {
		if strings.EqualFold(key.Name, rest) {
			return number, key, true
		}
	}
	return 0, Key{}, false
}

// foreign names variables with our prefix that are no settings: those of this product's commands and tests, and those that
// Kubernetes sets in every container next to a service called raynetsync.
func foreign(name string) bool {
	rest := strings.TrimPrefix(name, prefix)
	return rest == "CONFIG" || rest == "CONTRACTS" || rest == "CHROMIUM" || rest == "PORT" || strings.HasPrefix(rest, "PORT_") ||
		strings.HasPrefix(rest, "SERVICE_")
}

// nearest returns the name that was probably meant, or "".
func nearest(name string, known []string) string {
	best, distance := "", max(2, len(name)/4)+1
	for _, candidate := range known {
		if d := edits(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits counts the letters to insert, drop or replace to get from a to b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := cmp.Compare(a[i], b[j])
			step := min(row[j+1]+1, row[j]+1, diagonal+cost*cost)
			diagonal, row[j+1] = row[j+1], step
		}
	}
	return row[len(b)]
}

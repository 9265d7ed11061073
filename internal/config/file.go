package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where something stands in the file; both count from 1, 0 where it stands nowhere.
type place struct{ line, column int }

// readFile reads the file into l.found and l.users.
func (l *loader) readFile(path string) {
	path = absolute(path, "")
	l.config.File = path
	data, f := readLimited(path)
	if f != nil {
		l.fail(path, place{}, "", f)
		return
	}
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		where, reason := place{}, err.Error()
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			where.line, where.column = e.Position() // not e.String: it quotes the file, secrets and all
		}
		l.fail(path, where, "", faultf(CodeSyntax, map[string]string{"reason": reason}, "", "this is not TOML: %s", reason))
		return
	}
	r := fileReader{loader: l, file: path, folder: filepath.Dir(path), places: places(data)}
	for _, section := range r.sorted(tree, "") {
		r.section(section, tree[section])
	}
}

// fileReader walks through a file that is known to be TOML.
type fileReader struct {
	loader       *loader
	file, folder string
	places       map[string]place // key path, "user[1].mailbox" -> where it stands
}

func (r *fileReader) fail(key string, f *fault) { r.loader.fail(r.file, r.places[key], key, f) }

// sorted returns the names in a table in the order of the file.
func (r *fileReader) sorted(table map[string]any, path string) []string {
	out := make([]string, 0, len(table))
	for name := range table {
		out = append(out, name)
	}
	slices.SortFunc(out, func(a, b string) int {
		at, bt := r.places[path+a], r.places[path+b]
		if at.line != bt.line {
			return at.line - bt.line
		}
		return strings.Compare(a, b)
	})
	return out
}

func (r *fileReader) section(name string, value any) {
	switch name {
	case "user":
		list, ok := value.([]any)
		if !ok {
			r.fail(name, wrongType("[[user]]", value, "write [[user]] with two brackets, once for each user"))
			return
		}
		for i, entry := range list {
			r.user(fmt.Sprintf("user[%d]", i+1), entry)
		}
	case "raynet", "microsoft", "server", "sync", "alerts":
		table, ok := value.(map[string]any)
		if !ok {
			r.fail(name, wrongType("a section", value, "write ["+name+"] in a line of its own"))
			return
		}
		keys := slices.DeleteFunc(Keys(), func(k Key) bool { return k.Section != name })
		r.table(name, table, keys, r.loader.found, name+".")
	default:
		r.fail(name, unknown("section", name, []string{"raynet", "microsoft", "server", "sync", "alerts", "user"}, everywhere(name)))
	}
}

func (r *fileReader) user(key string, entry any) {
	table, ok := entry.(map[string]any)
	if !ok {
		r.fail(key, wrongType("[[user]]", entry, "write [[user]] with two brackets, once for each user"))
		return
	}
	values := map[string]written{}
	r.table(key, table, UserKeys(), values, "")
	r.loader.users = append(r.loader.users, userEntry{key: key, file: r.file, where: r.places[key], values: values})
}

// table notes each value of a section under prefix+name.
func (r *fileReader) table(path string, table map[string]any, keys []Key, into map[string]written, prefix string) {
	for _, name := range r.sorted(table, path+".") {
		full := path + "." + name
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Name == name })
		if i < 0 {
			var known []string
			for _, k := range keys {
				known = append(known, k.Name)
			}
			r.fail(full, unknown("key", name, known, everywhere(name)))
			continue
		}
		parts, f := tomlParts(keys[i], table[name])
		if f != nil {
			r.fail(full, f)
		}
		where := r.places[full]
		into[prefix+name] = written{parts: parts, key: full, file: r.file, where: where, folder: r.folder, bad: f != nil,
			origin: Origin{File: r.file, Line: where.line}}
	}
}

// everywhere returns where a name that stands in the wrong section belongs: "[server]", or "".
func everywhere(name string) string {
	for _, key := range Keys() {
		if key.Name == name {
			return "[" + key.Section + "]"
		}
	}
	return ""
}

func unknown(what, name string, known []string, home string) *fault {
	near := nearest(name, known)
	repair := "the known ones are: " + strings.Join(known, ", ")
	switch {
	case near != "":
		repair = "did you mean " + near + "?"
	case home != "":
		repair = "it belongs under " + home
	}
	return faultf(CodeUnknown, map[string]string{"name": name, "nearest": near}, repair, "there is no %s %q", what, name)
}

func wrongType(want string, got any, repair string) *fault {
	return faultf(CodeType, map[string]string{"want": want, "got": tomlType(got)}, repair, "%s was expected, not %s", want, tomlType(got))
}

// tomlParts checks that a value is written as the key's type wants it, and returns it as texts.
func tomlParts(key Key, value any) ([]string, *fault) {
	switch key.Type {
	case Number:
		if n, ok := value.(int64); ok {
			return []string{fmt.Sprint(n)}, nil
		}
		return nil, wrongType("a whole number", value, "write it without quotation marks, such as 14")
	case List:
		values, ok := value.([]any)
		parts := make([]string, 0, len(values))
		for _, one := range values {
			text, isText := one.(string)
			ok = ok && isText
			parts = append(parts, text)
		}
		if !ok {
			return nil, wrongType("a list of texts", value, `write it in brackets, such as ["one", "two"]`)
		}
		return parts, nil
	case Date:
		if date, ok := value.(toml.LocalDate); ok {
			return []string{date.String()}, nil
		}
	}
	if text, ok := value.(string); ok {
		return []string{text}, nil
	}
	return nil, wrongType("a text", value, "write it in quotation marks")
}

// tomlType says in words what a value is; it never shows the value.
func tomlType(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case int64:
		return "a whole number"
	case float64:
		return "a fraction"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "a section"
	}
	return "a date"
}

// places finds where every key of a file stands. The file is known to be TOML.
func places(data []byte) map[string]place {
	out := map[string]place{}
	p := unstable.Parser{}
	p.Reset(data)
	users, current := 0, ""
	for p.NextExpression() {
		node := p.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			path, first := keyPath(node)
			note(out, &p, path, first)
			current = path + "."
			if node.Kind == unstable.ArrayTable && path == "user" {
				users++
				current = fmt.Sprintf("user[%d].", users)
			}
			note(out, &p, strings.TrimSuffix(current, "."), first)
		case unstable.KeyValue:
			noteValue(out, &p, current, node)
		}
	}
	return out
}

// noteValue notes a key and, for an inline table, the keys within.
func noteValue(out map[string]place, p *unstable.Parser, under string, node *unstable.Node) {
	path, first := keyPath(node)
	note(out, p, under+path, first)
	for i := range path {
		if path[i] == '.' {
			note(out, p, under+path[:i], first) // a dotted key names its section too
		}
	}
	if value := node.Value(); value.Kind == unstable.InlineTable {
		for it := value.Children(); it.Next(); {
			noteValue(out, p, under+path+".", it.Node())
		}
	}
}

func keyPath(node *unstable.Node) (path string, first unstable.Range) {
	var parts []string
	for it := node.Key(); it.Next(); {
		if len(parts) == 0 {
			first = it.Node().Raw
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "."), first
}

// note remembers the first place of a path.
func note(out map[string]place, p *unstable.Parser, path string, raw unstable.Range) {
	if _, ok := out[path]; ok {
		return
	}
	start := p.Shape(raw).Start
	out[path] = place{line: start.Line, column: start.Column}
}

package archtest_test

import (
	"bytes"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func (m *module) read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

// checkDependencies compares the modules whose packages we import with the rows of docs/dependencies.md, both ways.
func checkDependencies(t *testing.T, m *module) {
	required := requiredModules(m.read(t, "go.mod"))
	used := map[string]bool{}
	for _, p := range m.packages {
		for _, path := range slices.Concat(p.imports, p.testImports) {
			if owner := moduleOf(required, path); owner != "" {
				used[owner] = true
			}
		}
	}
	if len(used) < 3 {
		t.Fatalf("found %d modules in use, want at least 3", len(used))
	}
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(m.read(t, "docs/dependencies.md"), -1) {
		documented[match[1]] = true
	}
	for path := range used {
		if !documented[path] {
			t.Errorf("%s has no row in docs/dependencies.md: say why it is worth building, updating and trusting", path)
		}
	}
	for path := range documented {
		if !slices.Contains(required, path) {
			t.Errorf("docs/dependencies.md justifies %s, which go.mod does not require", path)
		}
	}
}

func requiredModules(goMod string) []string {
	var out []string
	for _, match := range regexp.MustCompile(`(?m)^(?:require )?\t?([a-z][^\s]*\.[^\s]*) v\d`).FindAllStringSubmatch(goMod, -1) {
		out = append(out, match[1])
	}
	return out
}

// moduleOf returns the module with the longest path that holds an import path, "" for the standard library and our own.
func moduleOf(modules []string, path string) string {
	best := ""
	for _, candidate := range modules {
		if within(path, candidate) && len(candidate) > len(best) {
			best = candidate
		}
	}
	return best
}

// checkFacts makes sure that every fact cited in the code stands in docs/remote-facts.md, once.
func checkFacts(t *testing.T, m *module) {
	rows := map[string]int{}
	for _, match := range regexp.MustCompile(`(?m)^\| ([RG]-\d+) \|`).FindAllStringSubmatch(m.read(t, "docs/remote-facts.md"), -1) {
		rows[match[1]]++
	}
	for id, count := range rows {
		if count > 1 {
			t.Errorf("docs/remote-facts.md has %s %d times: an id means one fact", id, count)
		}
	}
	cited, missing := 0, map[string][]string{}
	pattern := regexp.MustCompile(`\b[RG]-\d{2,3}\b`)
	for _, p := range m.packages {
		for _, f := range p.files {
			for _, group := range f.syntax.Comments {
				for _, id := range pattern.FindAllString(group.Text(), -1) {
					cited++
					if rows[id] == 0 {
						missing[id] = append(missing[id], m.at(group))
					}
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("docs/remote-facts.md does not have %s, cited in %s: a quirk without a source is folklore", id, strings.Join(missing[id], ", "))
	}
	if cited < 10 {
		t.Errorf("found %d citations of facts, want at least 10", cited)
	}
}

// tracked returns every text file of the repository, also new ones, but not what .gitignore names.
func (m *module) tracked(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name := range bytes.SplitSeq(m.run(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), []byte{0}) {
		path := string(name)
		if path == "" || strings.HasSuffix(path, "go.sum") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(m.root, path))
		if err == nil && utf8.Valid(data) {
			out[path] = string(data)
		}
	}
	if len(out) < 50 {
		t.Fatalf("git knows %d text files, want at least 50", len(out))
	}
	return out
}

// checkLinks follows every relative link in the documents.
func checkLinks(t *testing.T, m *module) {
	pattern := regexp.MustCompile(`\]\(([^)#: ]+)(#[^)]*)?\)`)
	followed := 0
	for path, text := range m.tracked(t) {
		if !strings.HasSuffix(path, ".md") {
			continue
		}
		for _, match := range pattern.FindAllStringSubmatch(text, -1) {
			followed++
			if _, err := os.Stat(filepath.Join(m.root, filepath.Dir(path), match[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, match[1])
			}
		}
	}
	if followed < 5 {
		t.Errorf("followed %d links, want at least 5", followed)
	}
}

// checkWords keeps words out that speak of how the repository came to be, or of the machine it was written on.
func checkWords(t *testing.T, m *module) {
	words := []string{ // in two parts, so that this file does not hold them
		"sub" + "agent", "this " + "session", "ai " + "assistant", "language " + "model", "proxy." + "golang.org", "sum." + "golang.org",
		"registry." + "npmjs.org", "/work" + "/main", "/work" + "/shared", "/tmp" + "/brief",
	}
	for path, text := range m.tracked(t) {
		lower := strings.ToLower(text)
		for _, word := range words {
			if i := strings.Index(lower, word); i >= 0 {
				t.Errorf("%s:%d holds %q: the repository speaks of the product alone", path, 1+strings.Count(lower[:i], "\n"), word)
			}
		}
	}
}

// checkUnfinished: work without an issue is forgotten.
func checkUnfinished(t *testing.T, m *module) {
	pattern := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b(\(#\d+\)| #\d+)?`)
	for _, p := range m.packages {
		for _, f := range p.files {
			for _, group := range f.syntax.Comments {
				for _, match := range pattern.FindAllStringSubmatch(group.Text(), -1) {
					if match[2] == "" {
						t.Errorf("%s: %s without the number of an issue", m.at(group), match[1])
					}
				}
			}
		}
	}
}

// checkSettings: a setting that nothing reads is a lie to the administrator. It applies as soon as the settings are wired.
func checkSettings(t *testing.T, m *module) {
	const config = "internal/config"
	fields := map[string]bool{}
	wired := false
	read := map[string]bool{}
	for _, p := range m.packages {
		wired = wired || (p.path == "internal/app" && slices.Contains(internal(p.imports), config))
		for _, f := range p.files {
			switch {
			case f.test:
			case p.path == config:
				noteFields(f.syntax, fields)
			default:
				ast.Inspect(f.syntax, func(node ast.Node) bool {
					if selector, ok := node.(*ast.SelectorExpr); ok {
						read[selector.Sel.Name] = true
					}
					return true
				})
			}
		}
	}
	if len(fields) < 30 {
		t.Errorf("found %d settings, want at least 30", len(fields))
	}
	for name := range fields {
		if wired && !read[name] {
			t.Errorf("the setting %s is accepted and documented, but nothing outside %s reads it", name, config)
		}
	}
}

// noteFields notes the fields of the structs that hold settings.
func noteFields(syntax *ast.File, fields map[string]bool) {
	ast.Inspect(syntax, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok || !slices.Contains([]string{"Raynet", "Microsoft", "Server", "Sync", "User", "Alerts"}, spec.Name.Name) {
			return true
		}
		body, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range body.Fields.List {
			for _, name := range field.Names {
				if name.Name != "Preset" && name.Name != "KeyFile" { // applied by the package itself
					fields[name.Name] = true
				}
			}
		}
		return true
	})
}

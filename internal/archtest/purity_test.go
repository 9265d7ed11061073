package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// pureRoots are the packages that decide. The same events must always give the same actions: that is how a crash is
// recovered from, how a failing history is replayed and how a dry run tells the truth.
func pureRoots() []string {
	return []string{"internal/record", "internal/engine/pair", "internal/engine/journal", "internal/engine/change",
		"internal/engine/merge", "internal/engine/plan", "internal/engine/apply"}
}

func isPure(path string) bool {
	return slices.ContainsFunc(pureRoots(), func(root string) bool { return within(path, root) })
}

// pureImports are what a deciding package may import beside its own module (of which layers_test.go tells). It is a list of what is
// allowed, because no list of what is forbidden is ever complete: none of these reads or writes anything outside, waits, or throws dice.
func pureImports() []string {
	return []string{"cmp", "errors", "fmt", "hash", "maps", "slices", "strings", "strconv", "time", "unicode", "unicode/utf8", "net/url",
		"crypto/hmac", "crypto/sha256", "encoding/base64", "golang.org/x/net/html", "golang.org/x/net/html/atom",
		"golang.org/x/text/language", "golang.org/x/text/language/display", "golang.org/x/text/unicode/norm"}
}

// pureExceptions are imports that one deciding package alone may have.
func pureExceptions() map[string][]string {
	return map[string][]string{"internal/record/zone": {"sync", "time/tzdata"}} // a table that is unfolded once, on first use, and the zones themselves
}

// checkPurity forbids everything by which a decision could depend on something else than its arguments.
func checkPurity(t *testing.T, m *module) {
	checked := 0
	for _, p := range m.packages {
		if !isPure(p.path) || p.name == "main" {
			continue
		}
		checked++
		for _, path := range p.imports {
			if !mayDecideWith(p.path, path) {
				t.Errorf("%s imports %s: deciding does no I/O, waits for nothing and throws no dice, so that every decision can be repeated", p.path, path)
			}
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for _, found := range concurrency(f.syntax) {
				t.Errorf("%s: %s in a deciding package: the order of events must come from outside alone", m.at(found.node), found.what)
			}
			for _, found := range prints(f.syntax) {
				t.Errorf("%s: %s in a deciding package: what it has to tell, it returns", m.at(found.node), found.what)
			}
			for _, found := range looseMaps(f.syntax) {
				t.Errorf("%s: %s: the order of a map differs from run to run; sort it (slices.Sorted)", m.at(found.node), found.what)
			}
		}
	}
	if checked < 9 {
		t.Errorf("looked at %d pure packages, want at least 9", checked)
	}
}

// mayDecideWith reports whether a deciding package may import another one.
func mayDecideWith(importer, path string) bool {
	return strings.HasPrefix(path, modulePath+"/") || slices.Contains(pureImports(), path) || slices.Contains(pureExceptions()[importer], path)
}

// finding is a place in the source and what is wrong there.
type finding struct {
	node ast.Node
	what string
}

// concurrency finds everything by which two things could happen at the same time.
func concurrency(syntax *ast.File) []finding {
	var out []finding
	ast.Inspect(syntax, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.GoStmt:
			out = append(out, finding{n, "a goroutine"})
		case *ast.SelectStmt:
			out = append(out, finding{n, "select"})
		case *ast.ChanType, *ast.SendStmt:
			out = append(out, finding{n, "a channel"})
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				out = append(out, finding{n, "a channel"})
			}
		case *ast.CallExpr: // of a WaitGroup or an errgroup
			if selector, ok := n.Fun.(*ast.SelectorExpr); ok && (selector.Sel.Name == "Go" || selector.Sel.Name == "TryGo") {
				out = append(out, finding{n, "a goroutine"})
			}
		}
		return true
	})
	return out
}

// prints finds what package fmt writes to or reads from the outside.
func prints(syntax *ast.File) []finding {
	var out []finding
	ast.Inspect(syntax, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if ok && isName(selector.X, "fmt") && (strings.HasPrefix(selector.Sel.Name, "Print") || strings.HasPrefix(selector.Sel.Name, "Scan")) {
			out = append(out, finding{selector, "fmt." + selector.Sel.Name})
		}
		return true
	})
	return out
}

// looseMaps finds the keys or values of maps that are taken in no order.
func looseMaps(syntax *ast.File) []finding {
	var out []finding
	sorted := map[ast.Node]bool{}
	ast.Inspect(syntax, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		switch {
		case !ok:
		case isName(selector.X, "slices") && strings.HasPrefix(selector.Sel.Name, "Sorted"):
			sorted[call.Args[0]] = true
		case isName(selector.X, "maps") && slices.Contains([]string{"Keys", "Values", "All"}, selector.Sel.Name) && !sorted[call]:
			out = append(out, finding{call, "maps." + selector.Sel.Name})
		}
		return true
	})
	return out
}

// driverFunctions are the only places of package engine where things happen at the same time, and why each may.
func driverFunctions() map[string]string {
	return map[string]string{
		"Concurrent": "it carries out what the core asks for and hands it one event after the other",
		"each":       "it only looks things up, and keeps what it finds by its number",
	}
}

// driverFile is where they stand.
const driverFile = "internal/engine/drive.go"

// checkDriver keeps goroutines, channels and locks out of package engine, but for the thin driver around the core.
func checkDriver(t *testing.T, m *module) {
	seen := 0
	for _, p := range m.packages {
		if p.path != "internal/engine" {
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for _, found := range outsideDriver(f.path, f.syntax) {
				t.Errorf("%s: %s outside of the driver (%s): a cycle is one history, which the simulator plays in one thread", m.at(found.node), found.what, driverFile)
			}
			if f.path == driverFile {
				seen = len(concurrency(f.syntax))
			}
		}
	}
	if seen == 0 {
		t.Errorf("nothing happens at the same time in %s: is that still the driver?", driverFile)
	}
}

// outsideDriver finds what of a file of package engine happens at the same time as something else, but in the driver's functions, and
// what it imports to that end.
func outsideDriver(path string, syntax *ast.File) []finding {
	var out []finding
	driver := []ast.Node{}
	for _, declaration := range syntax.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && path == driverFile && driverFunctions()[function.Name.Name] != "" {
			driver = append(driver, function)
		}
	}
	for _, found := range concurrency(syntax) {
		if !slices.ContainsFunc(driver, func(function ast.Node) bool {
			return function.Pos() <= found.node.Pos() && found.node.End() <= function.End()
		}) {
			out = append(out, found)
		}
	}
	for _, spec := range syntax.Imports {
		switch name := strings.Trim(spec.Path.Value, `"`); name {
		case "sync", "sync/atomic", "golang.org/x/sync/errgroup", "golang.org/x/sync/semaphore":
			if path != driverFile {
				out = append(out, finding{spec, "import of " + name})
			}
		case "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash":
			out = append(out, finding{spec, "import of " + name})
		}
	}
	return out
}

// checkMapOrder forbids to range over a map in a deciding package, unless the loop is plainly the same in every order or says
// why it is ("// any order: …" on its line or the line above).
func checkMapOrder(t *testing.T, m *module) {
	exports := exportData(t, m)
	checked := 0
	for _, p := range m.packages {
		if !isPure(p.path) || p.name == "main" {
			continue
		}
		var files []*ast.File
		for _, f := range p.files {
			if !f.test {
				files = append(files, f.syntax)
			}
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		config := types.Config{Importer: importer.ForCompiler(m.fset, "gc", exports)}
		if _, err := config.Check(modulePath+"/"+p.path, m.fset, files, info); err != nil {
			t.Errorf("%s: %v", p.path, err)
			continue
		}
		for _, f := range files {
			checked++
			checkRanges(t, m, f, info)
		}
	}
	if checked < 5 {
		t.Errorf("looked at %d files, want at least 5", checked)
	}
}

func checkRanges(t *testing.T, m *module, f *ast.File, info *types.Info) {
	excused := map[int]bool{} // lines with "any order", and those below
	for _, group := range f.Comments {
		if strings.Contains(group.Text(), "any order") {
			last := m.fset.Position(group.End()).Line
			excused[last], excused[last+1] = true, true
		}
	}
	ast.Inspect(f, func(node ast.Node) bool {
		loop, ok := node.(*ast.RangeStmt)
		if !ok {
			return true
		}
		if _, isMap := info.Types[loop.X].Type.Underlying().(*types.Map); isMap && !excused[m.fset.Position(loop.Pos()).Line] && !orderFree(loop) {
			t.Errorf("%s: ranges over a map, whose order differs from run to run. Range over sorted keys, or say why it does not matter: // any order: …", m.at(loop))
		}
		return true
	})
}

// orderFree reports whether a loop gives the same in every order: it only fills maps under its own key, possibly under conditions, or leaves
// with one and the same constant ("every …", "any …").
func orderFree(loop *ast.RangeStmt) bool {
	answers := map[string]bool{}
	key, ok := loop.Key.(*ast.Ident)
	return ok && orderFreeBlock(loop.Body, key.Name, answers) && len(answers) <= 1
}

func orderFreeBlock(block *ast.BlockStmt, key string, answers map[string]bool) bool {
	for _, statement := range block.List {
		switch s := statement.(type) {
		case *ast.AssignStmt:
			for _, left := range s.Lhs {
				entry, ok := left.(*ast.IndexExpr)
				if !ok || s.Tok != token.ASSIGN || !isName(entry.Index, key) { // another index could meet one entry twice
					return false
				}
			}
		case *ast.IfStmt:
			if s.Else != nil || !orderFreeBlock(s.Body, key, answers) {
				return false
			}
		case *ast.ReturnStmt:
			for _, result := range s.Results {
				constant, ok := result.(*ast.Ident)
				if !ok || (constant.Name != "true" && constant.Name != "false") {
					return false
				}
				answers[constant.Name] = true
			}
		case *ast.BranchStmt:
			if s.Tok != token.CONTINUE {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// exportData finds the compiled form of every package that deciding ones import.
func exportData(t *testing.T, m *module) importer.Lookup {
	t.Helper()
	files := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(m.run(t, "go", "list", "-deps", "-export", "-json=ImportPath,Export", "./internal/engine/...", "./internal/record/...")))
	for {
		var listed struct{ ImportPath, Export string }
		err := decoder.Decode(&listed)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		files[listed.ImportPath] = listed.Export
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

// checkClock allows the machine's clock only where it is handed to others.
func checkClock(t *testing.T, m *module) {
	defaults := map[string]bool{ // where it is the default of a Now field, for use as a server of its own
		"internal/remote/chaos": true, "internal/remote/raynet/emulator": true, "internal/remote/outlook/emulator": true,
	}
	for _, p := range m.packages {
		if within(p.path, "internal/app") || within(p.path, "cmd") {
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			if renamed := renamesTime(f.syntax); renamed != nil {
				t.Errorf("%s: package time under another name: this rule would not see who asks for the time", m.at(renamed))
			}
			called := map[ast.Node]bool{}
			ast.Inspect(f.syntax, func(node ast.Node) bool {
				if call, ok := node.(*ast.CallExpr); ok {
					called[call.Fun] = true
				}
				selector, ok := node.(*ast.SelectorExpr)
				if !ok || !isName(selector.X, "time") {
					return true
				}
				name := selector.Sel.Name
				switch {
				case !slices.Contains(clockCalls(), name):
				case slices.Contains([]string{"Now", "Since", "Until"}, name) && !(defaults[p.path] && name == "Now" && !called[selector]):
					t.Errorf("%s: time.%s: the time is handed in (a Now field, set in internal/app), so that tests and replays own it", m.at(selector), name)
				case isPure(p.path):
					t.Errorf("%s: time.%s: deciding never waits", m.at(selector), name)
				}
				return true
			})
		}
	}
}

// clockCalls are what package time has to tell the time or to wait.
func clockCalls() []string {
	return []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
}

// renamesTime returns the import of package time under another name, nil if there is none.
func renamesTime(syntax *ast.File) ast.Node {
	for _, spec := range syntax.Imports {
		if spec.Path.Value == `"time"` && spec.Name != nil {
			return spec
		}
	}
	return nil
}

func isName(x ast.Expr, name string) bool {
	ident, ok := x.(*ast.Ident)
	return ok && ident.Name == name
}

// TestOrderRuleCanFail holds the rule about map order against loops of both kinds.
func TestOrderRuleCanFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		loop string
		want bool
	}{
		{"for k, v := range m { out[k] = v }", true},
		{"for k := range m { if other, ok := n[k]; ok { out[k] = other } }", true},
		{"for k, v := range m { if n[k] != v { return false } }", true},
		{"for k, v := range m { out[v] = k }", false},
		{"for k := range m { list = append(list, k) }", false},
		{"for k := range m { last = k }", false},
		{"for k := range m { return k }", false},
		{"for k, v := range m { if v > n { return true }; if k == n { return false } }", false},
		{"for k := range m { call(k) }", false},
		{"for k := range m { total += k }", false},
	}
	for _, test := range tests {
		syntax, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() any {\n"+test.loop+"\n}\n", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		loop := syntax.Decls[0].(*ast.FuncDecl).Body.List[0].(*ast.RangeStmt)
		if got := orderFree(loop); got != test.want {
			t.Errorf("orderFree(%s) = %v, want %v", test.loop, got, test.want)
		}
	}
}

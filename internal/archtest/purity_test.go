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

// checkPurity forbids everything by which a decision could depend on something else than its arguments.
func checkPurity(t *testing.T, m *module) {
	forbidden := []string{"net", "net/http", "os", "os/exec", "os/signal", "io/fs", "database/sql", "math/rand", "math/rand/v2",
		"crypto/rand", "sync", "sync/atomic", "context", "log", "log/slog", "runtime", "unsafe"}
	excepted := map[string]string{"internal/record/zone": "sync"} // a table that is unfolded once, on first use
	checked := 0
	for _, p := range m.packages {
		if !isPure(p.path) || p.name == "main" {
			continue
		}
		checked++
		for _, path := range p.imports {
			if excepted[p.path] == path {
				continue
			}
			if slices.Contains(forbidden, path) || strings.HasPrefix(path, "net/") && path != "net/url" && path != "net/mail" {
				t.Errorf("%s imports %s: deciding does no I/O, waits for nothing and throws no dice, so that every decision can be repeated", p.path, path)
			}
		}
		for _, f := range p.files {
			if !f.test {
				checkNoConcurrency(t, m, f)
			}
		}
	}
	if checked < 5 {
		t.Errorf("looked at %d pure packages, want at least 5", checked)
	}
}

func checkNoConcurrency(t *testing.T, m *module, f *file) {
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.GoStmt, *ast.SelectStmt, *ast.ChanType, *ast.SendStmt:
			t.Errorf("%s: a goroutine or channel in a deciding package: the order of events must come from outside alone", m.at(node))
		}
		return true
	})
}

// checkMapOrder forbids to range over a map in a deciding package, unless the loop is plainly the same in every order or says
// why it is ("// any order: …" on its line or the line above).
func checkMapOrder(t *testing.T, m *module) {
	exports := exportData(t, m)
	checked := 0
	for _, p := range m.packages {
		if !within(p.path, "internal/engine") || !isPure(p.path) {
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

// exportData finds the compiled form of every package that the engine imports.
func exportData(t *testing.T, m *module) importer.Lookup {
	t.Helper()
	files := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(m.run(t, "go", "list", "-deps", "-export", "-json=ImportPath,Export", "./internal/engine/...")))
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
	calls := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, p := range m.packages {
		if within(p.path, "internal/app") || within(p.path, "cmd") {
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
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
				case !slices.Contains(calls, name):
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

package archtest_test

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 600
	maxFunctionLines = 120
	longFunction     = 80 // told, not failed
)

func checkInit(t *testing.T, m *module) {
	eachFunction(m, func(f *file, function *ast.FuncDecl) {
		if function.Recv == nil && function.Name.Name == "init" {
			t.Errorf("%s: init runs before anybody can hand it anything, and tests cannot do without it: use a constructor", m.at(function))
		}
	})
}

func checkNames(t *testing.T, m *module) {
	forbidden := []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "types", "models", "manager", "processor"}
	for _, p := range m.packages {
		for _, name := range []string{p.name, path.Base(p.path)} {
			if slices.Contains(forbidden, name) {
				t.Errorf("%s: a package called %s says nothing about what is in it and collects everything", p.path, name)
			}
		}
	}
}

func checkPackageComments(t *testing.T, m *module) {
	for _, p := range m.packages {
		var found []string
		for _, f := range p.files {
			if f.syntax.Doc == nil || f.generated || (f.test && strings.HasSuffix(f.syntax.Name.Name, "_test")) {
				continue
			}
			if text := f.syntax.Doc.Text(); strings.HasPrefix(text, "Package ") || strings.HasPrefix(text, "Command ") {
				found = append(found, f.path)
			}
		}
		onlyTests := !slices.ContainsFunc(p.files, func(f *file) bool { return !f.test && !f.generated })
		if len(found) != 1 && !onlyTests {
			t.Errorf("%s has %d package comments %v, want one: what it knows, what it refuses to know, where to start reading", p.path, len(found), found)
		}
	}
}

func checkExportedDocs(t *testing.T, m *module) {
	seen := 0
	for _, p := range m.packages {
		for _, f := range p.files {
			if f.test || f.generated || p.name == "main" {
				continue
			}
			for _, declaration := range f.syntax.Decls {
				seen++
				for _, name := range undocumented(declaration) {
					t.Errorf("%s: %s has no comment: say its meaning, units, what nil means, its errors by name", m.at(declaration), name)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("looked at %d declarations, want at least 100", seen)
	}
}

func undocumented(declaration ast.Decl) []string {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		if d.Doc != nil || d.Tok == token.IMPORT {
			return nil
		}
		var out []string
		introduced := false // a comment introduces the constants that follow it in their group
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
					out = append(out, s.Name.Name)
				}
			case *ast.ValueSpec:
				introduced = introduced || s.Doc != nil
				if !introduced && s.Comment == nil && s.Names[0].IsExported() {
					out = append(out, s.Names[0].Name)
				}
			}
		}
		return out
	}
	return nil
}

func exportedReceiver(receiver *ast.FieldList) bool {
	expression := receiver.List[0].Type
	for {
		switch x := expression.(type) {
		case *ast.StarExpr:
			expression = x.X
		case *ast.IndexExpr:
			expression = x.X
		case *ast.IndexListExpr:
			expression = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func checkLength(t *testing.T, m *module) {
	for _, p := range m.packages {
		for _, f := range p.files {
			if f.lines > maxFileLines && !f.generated {
				t.Errorf("%s has %d lines, at most %d: a file that only grows is read by nobody; find the second thing in it", f.path, f.lines, maxFileLines)
			}
		}
	}
	eachFunction(m, func(f *file, function *ast.FuncDecl) {
		if f.generated || function.Body == nil {
			return
		}
		lines := m.fset.Position(function.End()).Line - m.fset.Position(function.Pos()).Line + 1
		switch {
		case lines > maxFunctionLines && !f.test:
			t.Errorf("%s: %s has %d lines, at most %d: deciding and doing are probably mixed in it", m.at(function), function.Name.Name, lines, maxFunctionLines)
		case lines > longFunction:
			t.Logf("long: %s: %s has %d lines", m.at(function), function.Name.Name, lines)
		}
	})
}

// checkVariables allows package variables only for errors, embedded files, compiled patterns, checks of interfaces, and
// tables that nothing in the package changes.
func checkVariables(t *testing.T, m *module) {
	for _, p := range m.packages {
		changed := map[string]bool{}
		for _, f := range p.files {
			if !f.test {
				noteChanges(f.syntax, changed)
			}
		}
		for _, f := range p.files {
			if f.test || f.generated {
				continue
			}
			for _, declaration := range f.syntax.Decls {
				group, ok := declaration.(*ast.GenDecl)
				if !ok || group.Tok != token.VAR {
					continue
				}
				for _, spec := range group.Specs {
					value := spec.(*ast.ValueSpec) //nolint:errcheck // var declarations hold nothing else
					if name := value.Names[0].Name; name != "_" && !embedded(group, value) && (!constantLike(value) || changed[name]) {
						t.Errorf("%s: package variable %s: state of a package is shared by every test and every connection; hand it to a constructor", m.at(value), name)
					}
				}
			}
		}
	}
}

func embedded(group *ast.GenDecl, value *ast.ValueSpec) bool {
	for _, comments := range []*ast.CommentGroup{group.Doc, value.Doc} {
		if comments != nil && slices.ContainsFunc(comments.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }) {
			return true
		}
	}
	return false
}

// constantLike reports whether every value is an error, a compiled pattern, a literal table, or one that a function of the
// package computes once.
func constantLike(value *ast.ValueSpec) bool {
	builders := []string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer", "sync.OnceValue", "sync.OnceValues", "time.Date"}
	for _, x := range value.Values {
		switch v := x.(type) {
		case *ast.CompositeLit:
		case *ast.CallExpr:
			switch function := v.Fun.(type) {
			case *ast.Ident:
			case *ast.SelectorExpr:
				if from, ok := function.X.(*ast.Ident); !ok || !slices.Contains(builders, from.Name+"."+function.Sel.Name) {
					return false
				}
			default:
				return false
			}
		default:
			return false
		}
	}
	return len(value.Values) > 0
}

// noteChanges notes the names that are assigned to, or whose parts are.
func noteChanges(syntax *ast.File, changed map[string]bool) {
	note := func(x ast.Expr) {
		for {
			switch inner := x.(type) {
			case *ast.IndexExpr:
				x = inner.X
				continue
			case *ast.SelectorExpr:
				x = inner.X
				continue
			case *ast.Ident:
				changed[inner.Name] = true
			}
			return
		}
	}
	ast.Inspect(syntax, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if n.Tok != token.DEFINE {
					note(left)
				}
			}
		case *ast.IncDecStmt:
			note(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				note(n.X)
			}
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); ok && (name.Name == "delete" || name.Name == "clear") {
				note(n.Args[0])
			}
		}
		return true
	})
}

// checkTests: a sleeping test is slow on a good day and wrong on a bad one; a skipped test is green and says nothing.
func checkTests(t *testing.T, m *module) {
	documented := map[string]string{ // file -> the part that may be missing; .ci/run fails when it is
		"internal/app/browser/chromium_test.go":     "the browser",
		"internal/remote/contract/contract_test.go": "the contracts",
	}
	for _, p := range m.packages {
		for _, f := range p.files {
			ast.Inspect(f.syntax, func(node ast.Node) bool {
				selector, ok := node.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				name := selector.Sel.Name
				switch {
				case f.test && name == "Sleep" && isName(selector.X, "time"):
					t.Errorf("%s: time.Sleep in a test: wait for what is meant, or use testing/synctest", m.at(selector))
				case (name == "Skip" || name == "Skipf" || name == "SkipNow") && documented[f.path] == "" &&
					(isName(selector.X, "t") || isName(selector.X, "b") || isName(selector.X, "tb")):
					t.Errorf("%s: a test that can skip: name the missing part in the list of checkTests, and let .ci/run fail without it", m.at(selector))
				}
				return true
			})
		}
	}
}

func eachFunction(m *module, visit func(*file, *ast.FuncDecl)) {
	for _, p := range m.packages {
		for _, f := range p.files {
			for _, declaration := range f.syntax.Decls {
				if function, ok := declaration.(*ast.FuncDecl); ok {
					visit(f, function)
				}
			}
		}
	}
}

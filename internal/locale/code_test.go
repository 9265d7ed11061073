package locale_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"raynetsync/internal/locale"
)

// Every code that the program may show to people has a text in both languages. The codes are read from the source, so that
// a new one without a text is found the day it is written.
func TestEveryCodeHasAText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		folder, typ string // constants of this type in this folder
		groups      []string
		atLeast     int
	}{
		{"../remote", "Rule", []string{"rule", "rule-change"}, 8},
		{"../engine/plan", "remote.Rule", []string{"rule", "rule-change"}, 5},
		{"../remote", "Holder", []string{"held"}, 3},
		{"../remote", "ErrorKind", []string{"error", "reason", "reason-change"}, 12},
		{"../engine/plan", "Op", []string{"step"}, 6},
		{"../engine/pair", "Clash", []string{"clash"}, 3},
		{"../engine/journal", "LinkState", []string{"state"}, 5},
		{"../engine/journal", "PairState", []string{"pair"}, 4},
		{"../engine/journal", "Event", []string{"event"}, 15},
		{"../engine/journal", "Why", []string{"why"}, 5},
		{"../record", "Side", []string{"side"}, 2},
		{"../record", "Kind", []string{"kind"}, 3},
		{"../record", "Field", []string{"field"}, 9},
		{"../record", "Flow", []string{"flow"}, 3},
		{"../admin/account", "Role", []string{"role"}, 4},
		{"../admin/account", "Code", []string{"audit"}, 14},
		{"../web", "account.Code", []string{"audit"}, 5},
	} {
		t.Run(test.folder+" "+test.typ, func(t *testing.T) {
			t.Parallel()
			codes := constants(t, test.folder, test.typ)
			if len(codes) < test.atLeast {
				t.Fatalf("%d constants %v, want at least %d", len(codes), codes, test.atLeast)
			}
			wantTexts(t, codes, test.groups)
		})
	}
}

func TestEveryReasonHasAText(t *testing.T) {
	t.Parallel()
	var codes []string
	for _, folder := range []string{"../engine", "../engine/plan", "../engine/apply", "../feed", "../jobs"} {
		codes = append(codes, reasons(t, folder)...)
	}
	if len(codes) < 20 {
		t.Fatalf("%d reasons %v, want at least 20", len(codes), codes)
	}
	wantTexts(t, codes, []string{"reason", "reason-change"})
}

func wantTexts(t *testing.T, codes, groups []string) {
	t.Helper()
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for _, code := range codes {
			for _, group := range groups {
				if key := group + "." + code; texts.T(key, nil) == key {
					t.Errorf("%s: %s has no text", lang, key)
				}
			}
		}
	}
}

// constants returns the values of the text constants of a type, as it is written in that folder.
func constants(t *testing.T, folder, typ string) []string {
	t.Helper()
	var out []string
	inspect(t, folder, func(node ast.Node) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || spec.Type == nil || expression(spec.Type) != typ {
			return
		}
		for _, value := range spec.Values {
			out = append(out, literal(value)...)
		}
	})
	return out
}

// reasons returns the texts that are given as a reason: to a field or variable of that name, or to one of the functions by
// which the engine ends, parks and keeps.
func reasons(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	inspect(t, folder, func(node ast.Node) {
		switch node := node.(type) {
		case *ast.KeyValueExpr:
			if expression(node.Key) == "Reason" {
				out = append(out, literal(node.Value)...)
			}
		case *ast.AssignStmt:
			for i, left := range node.Lhs {
				if name := expression(left); i < len(node.Rhs) && (name == "reason" || strings.HasSuffix(name, ".Reason")) {
					out = append(out, literal(node.Rhs[i])...)
				}
			}
		case *ast.CallExpr:
			name := expression(node.Fun)
			switch name[strings.LastIndexByte(name, '.')+1:] {
			case "put", "unlink", "removeCopy", "keep", "park", "halt":
				for _, argument := range node.Args {
					out = append(out, literal(argument)...)
				}
			}
		}
	})
	return out
}

func inspect(t *testing.T, folder string, visit func(ast.Node)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no source: %v", folder, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			visit(node)
			return true
		})
	}
}

// expression writes "name" or "package.name".
func expression(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return expression(e.X) + "." + e.Sel.Name
	}
	return "?"
}

var code = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// literal returns the code that e is, if it is one.
func literal(e ast.Expr) []string {
	basic, ok := e.(*ast.BasicLit)
	if !ok || basic.Kind != token.STRING {
		return nil
	}
	text, err := strconv.Unquote(basic.Value)
	if err != nil || !code.MatchString(text) {
		return nil
	}
	return []string{text}
}

// Every job has a name that people read on the page about the server's health.
func TestJobsHaveNames(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../jobs/*.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`Kind\(\) string \{ return "(\w+)" \}`).FindAllStringSubmatch(string(source), -1) {
			kinds++
			for _, lang := range []string{locale.Czech, locale.English} {
				if key := "health.job-" + found[1]; !locale.New(lang).Has(key) {
					t.Errorf("%s: there is no text %s", lang, key)
				}
			}
		}
	}
	if kinds < 9 {
		t.Errorf("found %d jobs, want at least 9", kinds)
	}
}

package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "raynetsync"

// module is the source of this repository as the rules see it.
type module struct {
	root     string // absolute
	fset     *token.FileSet
	packages []*pkg
}

// pkg is one package with its tests.
type pkg struct {
	path        string // relative to the module: "internal/record"
	name        string
	imports     []string // of the package itself, full import paths
	testImports []string
	files       []*file
}

// file is one parsed file.
type file struct {
	path      string // relative to the root
	test      bool
	generated bool
	lines     int
	syntax    *ast.File
}

// minPackages guards every rule against looking at nothing.
const minPackages = 15

func loadModule(t *testing.T) *module {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	m := &module{root: root, fset: token.NewFileSet()}
	out := m.run(t, "go", "list", "-e",
		"-json=ImportPath,Dir,Name,Imports,TestImports,XTestImports,GoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles", "./...")
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var listed struct {
			ImportPath, Dir, Name                              string
			Imports, TestImports, XTestImports                 []string
			GoFiles, TestGoFiles, XTestGoFiles, IgnoredGoFiles []string
		}
		err := decoder.Decode(&listed)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		p := &pkg{path: strings.TrimPrefix(strings.TrimPrefix(listed.ImportPath, modulePath), "/"), name: listed.Name,
			imports: listed.Imports, testImports: append(listed.TestImports, listed.XTestImports...)}
		for _, name := range append(listed.GoFiles, listed.IgnoredGoFiles...) {
			p.files = append(p.files, m.parse(t, filepath.Join(listed.Dir, name), strings.HasSuffix(name, "_test.go")))
		}
		for _, name := range append(listed.TestGoFiles, listed.XTestGoFiles...) {
			p.files = append(p.files, m.parse(t, filepath.Join(listed.Dir, name), true))
		}
		m.packages = append(m.packages, p)
	}
	if len(m.packages) < minPackages {
		t.Fatalf("go list found %d packages, want at least %d: the rules would look at nothing", len(m.packages), minPackages)
	}
	return m
}

func (m *module) parse(t *testing.T, path string, test bool) *file {
	t.Helper()
	syntax, err := parser.ParseFile(m.fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	relative, err := filepath.Rel(m.root, path)
	if err != nil {
		t.Fatal(err)
	}
	return &file{path: filepath.ToSlash(relative), test: test, generated: ast.IsGenerated(syntax),
		lines: m.fset.File(syntax.Pos()).LineCount(), syntax: syntax}
}

// run returns what a command prints, in the root of the repository.
func (m *module) run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = m.root
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, complaint.String())
	}
	return out
}

// at returns "file:line" of a node.
func (m *module) at(node ast.Node) string {
	position := m.fset.Position(node.Pos())
	relative, err := filepath.Rel(m.root, position.Filename)
	if err != nil {
		relative = position.Filename
	}
	return filepath.ToSlash(relative) + ":" + strconv.Itoa(position.Line)
}

// within reports whether path is root or below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// internal returns the imports that belong to this module, relative to it.
func internal(imports []string) []string {
	var out []string
	for _, path := range imports {
		if rest, ok := strings.CutPrefix(path, modulePath+"/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

// TestArchitecture reads the module once and holds every rule against it.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	m := loadModule(t)
	rules := []struct {
		name  string
		check func(*testing.T, *module)
	}{
		{"imports point one way", checkLayers},
		{"deciding is pure", checkPurity},
		{"only the driver is concurrent", checkDriver},
		{"map order decides nothing", checkMapOrder},
		{"time is a value", checkClock},
		{"no init", checkInit},
		{"package names", checkNames},
		{"package comments", checkPackageComments},
		{"exported identifiers are documented", checkExportedDocs},
		{"length", checkLength},
		{"package variables", checkVariables},
		{"tests neither sleep nor skip", checkTests},
		{"modules are justified", checkDependencies},
		{"facts are written down", checkFacts},
		{"links between documents lead somewhere", checkLinks},
		{"words", checkWords},
		{"unfinished work has an issue", checkUnfinished},
		{"every setting is used", checkSettings},
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			rule.check(t, m)
		})
	}
}

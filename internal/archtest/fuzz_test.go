package archtest_test

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// minTargets guards against a search that finds nothing.
const minTargets = 30

// checkFuzz makes sure that each fuzz target has seeds in the repository, and that seeds belong to a target: those that do not are
// never run, and nobody notices.
//
// Microsoft's notifications have no target, because the product takes none yet; who adds them adds the target.
func checkFuzz(t *testing.T, m *module) {
	var targets []string
	for _, p := range m.packages {
		for _, f := range p.files {
			for _, name := range fuzzTargets(f.syntax) {
				targets = append(targets, p.path+" "+name)
			}
		}
	}
	if len(targets) < minTargets {
		t.Fatalf("found %d fuzz targets, want at least %d: is the search still right?", len(targets), minTargets)
	}
	for _, fault := range fuzzFaults(targets, slices.Collect(maps.Keys(m.tracked(t)))) {
		t.Error(fault)
	}
}

// fuzzTargets are the names of the fuzz functions in a file.
func fuzzTargets(syntax *ast.File) []string {
	var out []string
	for _, declared := range syntax.Decls {
		f, ok := declared.(*ast.FuncDecl)
		if ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") && len(f.Type.Params.List) == 1 {
			out = append(out, f.Name.Name)
		}
	}
	return out
}

// fuzzFaults compares targets ("package name") with the files of the repository, both ways.
func fuzzFaults(targets, files []string) []string {
	seeded := map[string]bool{}
	for _, file := range files {
		folder := path.Dir(file)
		if owner, ok := strings.CutSuffix(path.Dir(folder), "/testdata/fuzz"); ok {
			seeded[owner+" "+path.Base(folder)] = true
		}
	}
	var out []string
	for _, target := range targets {
		if !seeded[target] {
			out = append(out, target+" has no seed in testdata/fuzz: a target that starts from nothing explores little in the time it has")
		}
	}
	for _, corpus := range slices.Sorted(maps.Keys(seeded)) {
		if !slices.Contains(targets, corpus) {
			out = append(out, corpus+" has seeds and is no target: what they found is not held any more")
		}
	}
	return out
}

func TestFuzzRuleCanFail(t *testing.T) {
	t.Parallel()
	source := "func FuzzA(f *testing.F) {}\nfunc FuzzB(f *testing.F) {}\nfunc fuzzC(f *testing.F) {}\nfunc (s s) FuzzD(f *testing.F) {}\nfunc FuzzE() {}"
	if got := fuzzTargets(parsed(t, source)); !slices.Equal(got, []string{"FuzzA", "FuzzB"}) {
		t.Errorf("found %q", got)
	}
	seed := func(name string) string { return "internal/a/testdata/fuzz/" + name + "/seed" }
	tests := []struct {
		name           string
		targets, files []string
		want           int
	}{
		{"all well", []string{"internal/a FuzzA"}, []string{seed("FuzzA"), "internal/a/testdata/text/x"}, 0},
		{"no seed", []string{"internal/a FuzzA", "internal/a FuzzB"}, []string{seed("FuzzA")}, 1},
		{"seeds of another package", []string{"internal/b FuzzA"}, []string{seed("FuzzA")}, 2},
		{"seeds of what is gone", []string{"internal/a FuzzA"}, []string{seed("FuzzA"), seed("FuzzGone"), seed("FuzzGone") + "2"}, 1},
		{"a file instead of a folder", []string{"internal/a FuzzA"}, []string{"internal/a/testdata/fuzz/FuzzA"}, 1},
	}
	for _, test := range tests {
		if got := fuzzFaults(test.targets, test.files); len(got) != test.want {
			t.Errorf("%s: %d faults, want %d: %q", test.name, len(got), test.want, got)
		}
	}
}

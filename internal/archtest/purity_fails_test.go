package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// The rules of purity_test.go are held against sources that break them: a rule that cannot fail holds nothing.

func parsed(t *testing.T, source string) *ast.File {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return syntax
}

// TestPurityCanFail shows to each rule about deciding packages what it forbids, and what it must let pass.
func TestPurityCanFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		rule         func(*ast.File) []finding
		want         int
	}{
		{"a goroutine", "func f() { go f() }", concurrency, 1},
		{"a goroutine of a group", "func f() { wait.Go(f) }", concurrency, 1},
		{"a goroutine of a bounded group", "func f() { group.TryGo(f) }", concurrency, 1},
		{"a channel is made", "func f() { _ = make(chan int) }", concurrency, 1},
		{"a channel is a field", "type s struct { c <-chan int }", concurrency, 1},
		{"something is sent", "func f(c c) { c <- 1 }", concurrency, 1},
		{"something is received", "func f(c c) { <-c }", concurrency, 1},
		{"select", "func f() { select {} }", concurrency, 1},
		{"one thing after the other", "func f() { for i := range 3 { f(i) } }", concurrency, 0},
		{"print", "func f() { fmt.Println(1) }", prints, 1},
		{"scan", "func f() { fmt.Scanln(&x) }", prints, 1},
		{"text", "func f() { fmt.Fprintf(&b, x); fmt.Sprint(x); fmt.Errorf(x) }", prints, 0},
		{"keys of a map", "func f() { for k := range maps.Keys(m) { g(k) } }", looseMaps, 1},
		{"values of a map", "func f() { x := slices.Collect(maps.Values(m)) }", looseMaps, 1},
		{"sorted keys", "func f() { for _, k := range slices.Sorted(maps.Keys(m)) { g(k) } }", looseMaps, 0},
	}
	for _, test := range tests {
		if got := test.rule(parsed(t, test.source)); len(got) != test.want {
			t.Errorf("%s: %d findings, want %d: %s", test.name, len(got), test.want, test.source)
		}
	}
}

// TestImportsOfDecidingCanFail asks for what would make a decision depend on more than its arguments.
func TestImportsOfDecidingCanFail(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"net", "net/http", "os", "os/exec", "io", "io/fs", "bufio", "database/sql", "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash",
		"sync", "sync/atomic", "context", "log", "log/slog", "runtime", "unsafe", "syscall", "embed", "time/tzdata", "testing", "plugin",
		"golang.org/x/sync/errgroup", "modernc.org/sqlite"} {
		if mayDecideWith("internal/engine/plan", path) {
			t.Errorf("a deciding package may import %s", path)
		}
	}
	for importer, path := range map[string]string{"internal/engine/plan": "slices", "internal/record": "crypto/hmac", "internal/record/zone": "sync", "internal/engine/merge": modulePath + "/internal/record"} {
		if !mayDecideWith(importer, path) {
			t.Errorf("%s may not import %s", importer, path)
		}
	}
	for _, path := range []string{"internal/record", "internal/engine/pair", "internal/engine/change", "internal/engine/merge", "internal/engine/plan", "internal/engine/apply"} {
		if !isPure(path) {
			t.Errorf("%s is not held to be deciding", path)
		}
	}
}

// TestClockRuleCanFail hides package time under other names.
func TestClockRuleCanFail(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`import clock "time"`: true, `import . "time"`: true, `import "time"`: false, `import t "strings"`: false,
	} {
		if got := renamesTime(parsed(t, source)) != nil; got != want {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
	}
}

// TestDriverRuleCanFail puts what only the driver may do elsewhere.
func TestDriverRuleCanFail(t *testing.T) {
	t.Parallel()
	const other = "internal/engine/match.go"
	tests := []struct {
		path, source string
		want         int
	}{
		{driverFile, "func Concurrent() { go f() }", 0},
		{driverFile, "import \"sync\"\nfunc (m *finder) each() { wait.Go(f) }", 0},
		{driverFile, "func drive() { go f() }", 1},
		{driverFile, "var events = make(chan int)", 1},
		{driverFile, "import \"math/rand/v2\"", 1},
		{other, "func Concurrent() { go f() }", 1},
		{other, "func each() { select {} }", 1},
		{other, "import \"sync\"", 1},
		{other, "import \"golang.org/x/sync/errgroup\"", 1},
		{other, "import \"slices\"\nfunc f() { slices.Sort(x) }", 0},
	}
	for _, test := range tests {
		if got := outsideDriver(test.path, parsed(t, test.source)); len(got) != test.want {
			t.Errorf("%s: %d findings, want %d: %s", test.path, len(got), test.want, test.source)
		}
	}
}
